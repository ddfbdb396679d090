#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/hypothesis_run.h"
#include "harness/record.h"
#include "harness/trial/spec.h"

namespace falsify::harness {

/// How a claim's own subject is made to violate it, so that it can serve as its control.
struct SabotagePlan {
  std::vector<Sabotage> sabotages;  ///< one per subject of a block
  std::string impossible;  ///< why there is none: "no sabotage makes bytes_read smaller"; or empty
};

/// Brings the subject of a claim that passes so far to `sabotage` times its threshold (statistics,
/// section 8), judged by the trials it passed on. `available_bytes` bounds ballast.
SabotagePlan PlanSabotage(const HypothesisRun& run, const std::vector<TrialRecord>& trials,
                          std::uint64_t available_bytes);

/// Whether such a plan can exist at all, before anything has run: empty, or why not.
std::string WhyNoSabotage(const Hypothesis& hypothesis);

/// The smallest violation that the same criterion would still have been FALSIFIED by: found by
/// moving the control's blocks towards the threshold and judging them anew. Times the threshold, or
/// the exponent of an order. Absent where that has no meaning.
std::optional<double> CaughtAbove(const HypothesisRun& control,
                                  const std::vector<TrialRecord>& trials);

}  // namespace falsify::harness
