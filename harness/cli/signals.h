#pragma once

#include "harness/trial/process_runner.h"

namespace falsify::cli {

/// From now on SIGINT and SIGTERM stop the trial in progress, so that the run ends in good order
/// with its journal intact. `runner` must outlive the process's use of it.
void StopOnSignals(harness::ProcessRunner& runner);

/// The signal that asked us to stop; 0 if none.
int StopSignal();

}  // namespace falsify::cli
