#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// True for subjects that are programs of their own, in no need of a loader of ours.
bool IsCommand(const loaders::LoaderChoice& loader);

/// A trial of a program (loaders/external/protocol.md): clocked at our end of its pipes, metered
/// from outside over all its processes. Errors: those of loaders::Program, METER_*, CONFIG_*,
/// WORKLOAD_COMMAND (a workload that only a loader inside our process can do).
Result<void> RunCommand(const TrialSpec& spec, Observation& seen);

/// The payload digest if what the program says of every tensor is what the file holds; otherwise a
/// text that is no digest and names the first tensor that differs. A program that shows no bytes
/// (an engine of another's) is taken at its word. Errors: those of loaders::Program, of the model.
Result<void> ProveCommand(const TrialSpec& spec, Observation& seen);

}  // namespace falsify::harness
