#pragma once

#include <span>
#include <vector>

#include "criteria/criterion.h"

namespace falsify::criteria {

/// The sample quantile of each component's value and the interval that decides it: it would PASS
/// exactly if the interval lies wholly on its side of the threshold. It alone FALSIFIES if the
/// interval lies wholly on the other; only if, where there is but one component. Empty for kHolds.
/// `value` is over the undisturbed blocks that did not fail; absent if there is none or it is
/// infinite. Where some of them are known only within bounds it is the least it can be, and
/// `value_at_least` says whether it could be more.
std::vector<Estimate> EstimateComponents(const Claim& claim, const Rules& rules,
                                         std::span<const BlockValue> blocks);

/// The one interval to print for the claim. That of x for kOrder; for kBetween what both sides
/// corroborate, each at beta, so that the claim PASSes exactly if it lies between the thresholds.
Estimate WholeEstimate(const Claim& claim, const Rules& rules,
                       std::span<const Estimate> components);

/// The whole estimate of the components'.
Estimate EstimateQuantile(const Claim& claim, const Rules& rules,
                          std::span<const BlockValue> blocks);

}  // namespace falsify::criteria
