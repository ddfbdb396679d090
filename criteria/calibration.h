#pragma once

#include <functional>
#include <span>

#include "criteria/criterion.h"

namespace falsify::criteria {

/// How often a test decides which way, and what that costs.
struct Rates {
  double pass = 0;
  double falsified = 0;
  double mean_blocks = 0;
};

/// Exact: every path of violations through the decision itself, each block violating with
/// probability `p` independently. Time and memory O(max_blocks^2) decisions.
Rates WalkLattice(double p0, const Rules& rules, double p);

struct Outcome {
  Verdict verdict = Verdict::kInconclusive;
  int blocks = 0;
};
using Decider = std::function<Outcome(std::span<const BlockValue>)>;

/// What `Judge` makes of one study's blocks.
Decider JudgedBy(const Claim& claim, const Rules& rules);

/// Monte Carlo: `studies` > 0 studies of up to `most_blocks` blocks, taken from `draw`, which
/// owns its seed. The decider stops when it likes.
Rates Simulate(int studies, int most_blocks, const std::function<BlockValue()>& draw,
               const Decider& decide);

/// The false rate that a test which keeps to `alpha` exceeds in `studies` studies about once in a
/// thousand times: alpha + 3 standard errors.
double MostFalseRate(double alpha, int studies);

}  // namespace falsify::criteria
