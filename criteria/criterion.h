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
  Interval x;  ///< of kOrder: the overall excess exponent (order.h); of kHolds: 1 true, 0 false
  Interval top = {};  ///< of kOrder alone: the excess exponent between the two largest sizes
  bool failed =
      false;  ///< a trial of it crashed, was refused, or died for memory we did not measure
  bool disturbed = false;  ///< the host was slow meanwhile; counts only for noise-sensitive claims
};

/// What a claim predicts.
enum class Form {
  kBelow,    ///< the q-quantile of x lies below `threshold`
  kAbove,    ///< above it
  kBetween,  ///< above `threshold` and below `upper_threshold`
  kOrder,    ///< the q-quantiles of x and of top lie below `threshold`, the tolerance
  kHolds,    ///< x is true in every block; one that surely is not ends it
};

/// A prediction in the unit of x. Equality violates.
struct Claim {
  Form form = Form::kBelow;
  double threshold = 0;           ///< kHolds has none
  double upper_threshold = 0;     ///< kBetween only
  double quantile = 0.5;          ///< in (0, 1); kHolds has none
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

/// One stream of yes/no answers and the wealth of the gambler who bet on it. No number of blocks
/// corroborates "always": for kHolds that `e` never exceeds 1, and none should be printed.
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
  double factor = 1;  ///< g of "below g * threshold"; of kBetween: threshold / g to upper * g
  std::optional<double> severity;
};

enum class Side { kBelow, kAbove };

/// What the blocks say of one of a claim's yes/no questions.
struct ComponentJudgement {
  Side side = Side::kBelow;
  double threshold = 0;
  Stream falsify;
  Stream corroborate;
  Estimate estimate;
  double p_upper = 1;
};

/// What the blocks so far say. `verdict` is meaningful once `stop` is not kUndecided; PASS is
/// provisional until a control has been caught, FALSIFIED until the run's final host reference.
struct Judgement {
  Stop stop = Stop::kUndecided;
  Verdict verdict = Verdict::kInconclusive;
  int blocks = 0;  ///< used: up to the deciding one
  int set_aside = 0;
  int failed = 0;
  Stream falsify;      ///< blocks that violate any component; e: mean of theirs
  Stream corroborate;  ///< blocks that may violate any component; e: least of theirs
  Estimate estimate;
  double p_upper = 1;                          ///< largest of the components'
  std::vector<ComponentJudgement> components;  ///< kBetween: above, below; kOrder: x, top; else one
  std::optional<double> severity;
  std::vector<SeverityAt> severity_table;
  std::vector<int> violating_blocks;       ///< 0-based, those counted in falsify.violations
  std::optional<int> blocks_still_needed;  ///< INCONCLUSIVE only
};

enum class Time { kLeft, kOut };

/// Replays `blocks` in order and stops at the first crossing: later blocks change nothing, so that
/// judging a record again reaches the same verdict at the same block. statistics: sections 1 to 3,
/// 5.3, 7, 9. With `Time::kOut` an undecided claim ends INCONCLUSIVE (or INVALID). No blocks:
/// undecided. About O(n^1.5) for n blocks.
Judgement Judge(const Claim& claim, const Rules& rules, std::span<const BlockValue> blocks,
                Time time = Time::kLeft);

/// Fewest blocks that can PASS with so many violations of every component (n0 with none, n1 with
/// one), and fewest that can FALSIFY, all of them violating. Never less than `min_blocks`, but for
/// kHolds, which one violation falsifies; INT_MAX if above 2^20.
int FewestBlocksToPass(const Claim& claim, double beta, int min_blocks, int violations);
int FewestBlocksToFalsify(const Claim& claim, double alpha, int leaves, int min_blocks);

}  // namespace falsify::criteria
