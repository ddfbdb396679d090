#pragma once

#include <optional>
#include <span>
#include <vector>

#include "criteria/criterion.h"

namespace falsify::criteria {

/// Were the verdict wrong, evidence this strong would fail to appear with at least this
/// probability: 1 - 1/e of the verdict's own evidence, never below 0. INCONCLUSIVE is weighed as a
/// PASS would be; absent for INVALID and ERROR.
std::optional<double> Severity(Verdict verdict, const Stream& falsify, const Stream& corroborate);

/// How severely the same blocks have tested "below (above) g times the threshold", for g from half
/// to twice; of `between` both thresholds move outward. Absent for INVALID, ERROR and invariants.
std::vector<SeverityAt> SeverityTable(const Claim& claim, const Rules& rules, Verdict verdict,
                                      std::span<const BlockValue> blocks);

}  // namespace falsify::criteria
