#pragma once

#include <string>
#include <vector>

#include "harness/record.h"
#include "reports/text/document.h"

namespace falsify::reports {

/// What a verdict owes its reader beyond the evidence all have: severity and control for PASS,
/// counter-examples for FALSIFIED, what is missing for INCONCLUSIVE, the broken condition for
/// INVALID, outcomes and last words for ERROR.
void AddVerdictDetails(const harness::Record& record, const harness::HypothesisRecord& hypothesis,
                       Document& document);

/// What the control of a hypothesis proved about the test, or that there was none.
std::string ControlSentence(const harness::HypothesisRecord& hypothesis);

/// What would make an INVALID test valid, as far as the record tells which condition broke.
std::vector<std::string> Repairs(const harness::Record& record,
                                 const harness::HypothesisRecord& hypothesis);

}  // namespace falsify::reports
