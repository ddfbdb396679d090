#pragma once

#include <span>

#include "criteria/criterion.h"

namespace falsify::criteria {

/// The sample quantile and the interval that decides: a claim PASSes exactly if the interval lies
/// wholly on its side of the threshold, and is FALSIFIED exactly if it lies wholly on the other.
/// `value` is over the undisturbed blocks that did not fail; absent if there is none or it is
/// infinite. Where some of them are known only within bounds it is the least it can be, and
/// `value_at_least` says whether it could be more.
Estimate EstimateQuantile(const Claim& claim, const Rules& rules,
                          std::span<const BlockValue> blocks);

}  // namespace falsify::criteria
