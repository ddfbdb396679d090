#pragma once

#include <string>
#include <vector>

#include "criteria/criterion.h"
#include "criteria/order.h"
#include "harness/hypothesis_run.h"
#include "harness/study/study.h"

namespace falsify::harness {

/// A hypothesis in the criterion's terms.
criteria::Claim ClaimOf(const Hypothesis& hypothesis);

/// The order it claims; O(1) where it claims none.
criteria::Order OrderOf(const Hypothesis& hypothesis);

/// What is judged beside an order: of a time or a rate the bytes read, the payload mapped in and
/// the page faults, under the same order, so that no clock hides what grows; and the slope, where
/// the study bounds it. Each counts as a claim of its own in the error budget.
std::vector<Companion> CompanionsOf(const Hypothesis& hypothesis, const criteria::Claim& claim);

/// `leaves` is m: hypotheses declared in the study, or 1 for a control. For quantiles other than
/// the median, `blocks.max` that was not given grows until one violation can still PASS.
criteria::Rules RulesOf(const Hypothesis& hypothesis, const criteria::Claim& claim, int leaves);

bool ComparesSubjects(const Hypothesis& hypothesis);

/// Empty, "payload", "file" or the other subject's name.
std::string RelativeName(const Hypothesis& hypothesis);

/// "below", "above", "between", "order", "equals".
std::string CriterionName(const Hypothesis& hypothesis);

/// "ttft below 2 s", "peak_rss / payload between 1 and 2", "load_time O(1) from 1 MiB to 4 GiB",
/// "same_payload".
std::string Requirement(const Hypothesis& hypothesis);

}  // namespace falsify::harness
