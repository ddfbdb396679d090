#pragma once

#include <string>

#include "criteria/criterion.h"
#include "harness/study/study.h"

namespace falsify::harness {

/// A hypothesis in the criterion's terms.
criteria::Claim ClaimOf(const Hypothesis& hypothesis);

/// `leaves` is m: hypotheses declared in the study, or 1 for a control. For quantiles other than
/// the median, `blocks.max` that was not given grows until one violation can still PASS.
criteria::Rules RulesOf(const Hypothesis& hypothesis, const criteria::Claim& claim, int leaves);

bool ComparesSubjects(const Hypothesis& hypothesis);

/// Empty, "payload", "file" or the other subject's name.
std::string RelativeName(const Hypothesis& hypothesis);

}  // namespace falsify::harness
