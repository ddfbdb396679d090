#pragma once

#include "criteria/criterion.h"
#include "criteria/streams.h"

namespace falsify::criteria {

/// Evidence against the claim, and against its negation. Only the first answers for every leaf of
/// the study: a study passes only if all its leaves do.
Stream FalsifyStream(const Tally& tally, double p0, const Rules& rules);
Stream CorroborateStream(const Tally& tally, double p0, const Rules& rules);

struct Decision {
  Stop stop = Stop::kUndecided;
  Verdict verdict = Verdict::kInconclusive;
};

/// What to do after a block: statistics, section 3. `p0` is the share of violations allowed.
Decision Decide(const Counts& counts, double p0, const Rules& rules, Time time);

}  // namespace falsify::criteria
