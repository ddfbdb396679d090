#pragma once

#include "criteria/criterion.h"
#include "criteria/streams.h"

namespace falsify::criteria {

/// Evidence against "at most a share p0 violates", and against its negation. Only the first answers
/// for every leaf of the study: a study passes only if all its leaves do.
Stream FalsifyStream(const Tally& tally, double p0, const Rules& rules);
Stream CorroborateStream(const Tally& tally, double p0, const Rules& rules);

/// The same for a claim: a bet spread evenly over its components, and the least of what speaks for
/// each of them. Violations are blocks that violate any.
Stream FalsifyStream(const Counts& counts, const Rules& rules);
Stream CorroborateStream(const Counts& counts, const Rules& rules);

struct Decision {
  Stop stop = Stop::kUndecided;
  Verdict verdict = Verdict::kInconclusive;
};

/// What to do after a block: statistics, section 3.
Decision Decide(const Counts& counts, const Rules& rules, Time time);

}  // namespace falsify::criteria
