#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"

namespace falsify::harness {

/// The whole life of a worker process: reads one TrialSpec from stdin, does it, answers on its
/// result descriptor. Returns the exit code: 0 whenever an answer was written.
int WorkerMain();

/// What `WorkerMain` does between reading and answering. A refusal is an Observation with its
/// error.
Observation DoJob(const TrialSpec& spec);

}  // namespace falsify::harness
