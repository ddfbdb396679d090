#pragma once

#include <string>
#include <vector>

#include "criteria/criterion.h"
#include "harness/hypothesis_run.h"
#include "harness/record.h"

namespace falsify::harness {

EstimateRecord ToRecord(const criteria::Estimate& estimate);
StreamRecord ToRecord(const criteria::Stream& stream);

/// "x" where the hypothesis is relative, else the measure's own.
std::string UnitOf(const HypothesisRun& run);

/// The verdict and everything it rests on. Order of judgement: ERROR (cannot run), INVALID by
/// construction, what the blocks say, and for a PASS the control (null if none is named).
HypothesisRecord RecordOf(const HypothesisRun& run, const HypothesisRun* control,
                          const std::vector<TrialRecord>& trials);

}  // namespace falsify::harness
