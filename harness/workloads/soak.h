#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Opens the model, reads every payload byte and lets go of it, `spec.workload.cycles` times in one
/// process. `seen.series` then holds what the process had after each: "rss" in bytes, added up page
/// by page, and "descriptors". Errors: those of the loader, METER_*, SABOTAGE.
Result<void> RunSoak(const TrialSpec& spec, Observation& seen);

}  // namespace falsify::harness
