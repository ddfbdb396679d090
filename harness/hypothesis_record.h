#pragma once

#include <string>
#include <vector>

#include "criteria/criterion.h"
#include "harness/hypothesis_run.h"
#include "harness/record.h"

namespace falsify::harness {

EstimateRecord ToRecord(const criteria::Estimate& estimate);
StreamRecord ToRecord(const criteria::Stream& stream);

/// "x" where the hypothesis is relative, none of an order's exponents, else the measure's own.
std::string UnitOf(const HypothesisRun& run);

/// What a PASS rests on beside its own blocks.
struct Proof {
  const HypothesisRun* control = nullptr;  ///< null: none was asked for
  std::string impossible = {};             ///< why there is no control although one was asked for
};

/// The verdict and everything it rests on. Order of judgement: ERROR (cannot run), INVALID by
/// construction, what the blocks say, and for a PASS the control.
HypothesisRecord RecordOf(const HypothesisRun& run, const Proof& proof,
                          const std::vector<TrialRecord>& trials);

/// The same of a compound, whose members are given in the order it names them.
HypothesisRecord RecordOf(const Hypothesis& compound, const std::vector<HypothesisRecord>& members);

}  // namespace falsify::harness
