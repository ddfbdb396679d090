#pragma once

#include <vector>

#include "harness/record.h"

namespace falsify::harness {

/// Median figures per subject, workload and page-cache state, over the undisturbed trials that
/// ended well (burn-in and sabotaged ones left out): for describing, never for deciding. In the
/// order first seen.
std::vector<SummaryRecord> Summarise(const std::vector<TrialRecord>& trials);

}  // namespace falsify::harness
