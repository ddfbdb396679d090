#pragma once

#include <optional>
#include <span>
#include <vector>

#include "criteria/verdict.h"

namespace falsify::criteria {

/// What is known of one value: it lies in [lo, hi]. A plain observation has lo = hi; a time that
/// hit its timeout is [elapsed, +inf); a failed trial is (-inf, +inf). Never NaN.
struct Interval {
  double lo = 0;
  double hi = 0;
};

/// a / b for quantities that are not negative: [a.lo / b.hi, a.hi / b.lo]. Nothing is known,
/// (-inf, inf), if either may be negative, as a failed trial may; 0 / 0 lies in [0, inf].
Interval Ratio(const Interval& a, const Interval& b);

/// One block as a criterion sees it, in the order it ran.
struct BlockValue {
  Interval x;
  bool failed =
      false;  ///< a trial of it crashed, was refused, or died for memory we did not measure
  bool disturbed = false;  ///< the host was slow meanwhile; counts only for noise-sensitive claims
};

enum class Side { kBelow, kAbove };

/// "The q-quantile of x lies below (above) `threshold`", in the unit of x. Equality violates.
struct Claim {
  Side side = Side::kBelow;
  double threshold = 0;
  double quantile = 0.5;          ///< in (0, 1)
  bool noise_sensitive = false;   ///< a time or a rate: disturbed blocks are set aside
  bool noise_only_hurts = false;  ///< noise can only make the claim look worse: a time `below`, a
                                  ///< rate `above`, not relative; disturbed blocks stay in C then
};

struct Rules {
  double alpha = 0.05;
  double beta = 0.05;
  int leaves = 1;  ///< m: leaf hypotheses declared in the study
  int min_blocks = 5;
  int max_blocks = 60;
};

/// One stream of yes/no answers and the wealth of the gambler who bet on it.
struct Stream {
  int n = 0;
  int violations = 0;
  double e = 1;
  double need = 0;
};

enum class Stop { kUndecided, kDecided, kMaxBlocks, kOutOfTime, kHopeless, kFailedTrials };

struct Estimate {
  std::optional<double> value;
  bool value_at_least = false;
  std::optional<double> low;
  std::optional<double> high;
  double confidence = 0;
};

struct SeverityAt {
  double factor = 1;  ///< g of "below g * threshold"
  std::optional<double> severity;
};

/// What the blocks so far say. `verdict` is meaningful once `stop` is not kUndecided; PASS is
/// provisional until a control has been caught, FALSIFIED until the run's final host reference.
struct Judgement {
  Stop stop = Stop::kUndecided;
  Verdict verdict = Verdict::kInconclusive;
  int blocks = 0;  ///< used: up to the deciding one
  int set_aside = 0;
  int failed = 0;
  Stream falsify;
  Stream corroborate;
  Estimate estimate;
  double p_upper = 1;
  std::optional<double> severity;
  std::vector<SeverityAt> severity_table;
  std::vector<int> violating_blocks;       ///< 0-based, those counted in falsify.violations
  std::optional<int> blocks_still_needed;  ///< INCONCLUSIVE only
};

enum class Time { kLeft, kOut };

/// Replays `blocks` in order and stops at the first crossing: later blocks change nothing, so that
/// judging a record again reaches the same verdict at the same block. statistics: sections 1 to 3,
/// 5.3, 9. With `Time::kOut` an undecided claim ends INCONCLUSIVE (or INVALID). No blocks:
/// undecided. O(n k) for n blocks, k of them violating (or not, if those are more).
Judgement Judge(const Claim& claim, const Rules& rules, std::span<const BlockValue> blocks,
                Time time = Time::kLeft);

/// Fewest blocks that can PASS with so many violations (n0 with none, n1 with one), and fewest that
/// can FALSIFY, all of them violating. Never less than `min_blocks`; INT_MAX if above 2^20.
int FewestBlocksToPass(const Claim& claim, double beta, int min_blocks, int violations);
int FewestBlocksToFalsify(const Claim& claim, double alpha, int leaves, int min_blocks);

}  // namespace falsify::criteria
