#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Opens each of `spec.malformed` with the loader, and reads what it then holds, in a process of
/// its own. `seen.measures`: "malformed_files", "malformed_refused"; `seen.digests["not_refused"]`
/// says of the first few others what happened: accepted, killed, stopped, or more memory than a
/// file of that size explains. Errors: WORKER_FORK, WORKER_SPEC (no files).
Result<void> RunReject(const TrialSpec& spec, Observation& seen);

}  // namespace falsify::harness
