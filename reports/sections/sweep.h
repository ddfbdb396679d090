#pragma once

#include "harness/record.h"
#include "reports/text/document.h"

namespace falsify::reports {

/// Of an order: what was measured and counted at each size, how far the test reaches, and the line
/// that a fixed cost and a slope draw through it. Nothing for any other claim.
void AddSweep(const harness::HypothesisRecord& hypothesis, Document& document);

}  // namespace falsify::reports
