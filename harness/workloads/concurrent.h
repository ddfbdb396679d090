#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Opens the model in several processes, or several threads of one, at once; each reads every
/// payload byte and digests what it holds, and all hold it until the last has read.
/// `seen.digests["payload"]` is the digest they share, or a list of those that differ;
/// `seen.measures["peak_pss"]` is what all of them together hold beyond what they held before, each
/// page counted once. Errors: those of the loader, METER_*, WORKER_FORK.
Result<void> RunConcurrent(const TrialSpec& spec, Observation& seen);

}  // namespace falsify::harness
