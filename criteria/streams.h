#pragma once

#include "criteria/criterion.h"

namespace falsify::criteria {

/// Share of violating blocks the claim allows: "the q-quantile lies below T" allows 1 - q.
double AllowedShare(const Claim& claim);

/// What is known of a block's value: nothing, (-inf, inf), if it failed or is NaN.
Interval Known(const BlockValue& block);

/// The known value and the threshold, turned so that larger is always worse: mirrored (x -> -x) for
/// `above`.
Interval TurnedValue(const Claim& claim, const BlockValue& block);
double TurnedThreshold(const Claim& claim);

/// On turned values. What cannot be known helps neither verdict: the first is what falsifies, the
/// absence of the second what corroborates. Equality violates.
bool SurelyViolates(const Interval& turned, double turned_threshold);
bool MayViolate(const Interval& turned, double turned_threshold);

/// A disturbed block of a noise-sensitive claim leaves the falsifying stream, and the corroborating
/// one too unless noise can only hurt the claim.
bool IsSetAside(const Claim& claim, const BlockValue& block);
bool CountsForCorroboration(const Claim& claim, const BlockValue& block);

/// Yes and no answers so far.
struct Tally {
  int n = 0;
  int violations = 0;
};

/// All that a decision depends on.
struct Counts {
  int blocks = 0;
  int set_aside = 0;
  int failed = 0;
  Tally falsify;
  Tally corroborate;

  void Add(const Claim& claim, const BlockValue& block);
};

}  // namespace falsify::criteria
