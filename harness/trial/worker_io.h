#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// The worker's side of a trial. Call the three in this order, once each, from the main thread.

/// The first statement of a worker's main: everything before it is start-up, not loading.
void MarkMainEntered();

/// Reads the whole spec from stdin, which is /dev/null afterwards, and takes the answer's
/// descriptor out of the way of the code under test, which may print, close or inherit what it
/// likes. Errors: WORKER_SPEC (names the field), WORKER_IO, those of ParseBounded.
Result<TrialSpec> ReadSpec();

/// Hands the observation to the parent, complete, and closes the descriptor.
/// Errors: WORKER_IO.
Result<void> WriteAnswer(const TrialSpec& spec, const Observation& observation);

}  // namespace falsify::harness
