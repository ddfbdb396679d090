#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Runs one worker to its end. The real one spawns a process; tests script one, so that stopping,
/// resuming and judging are tested without processes and in no time.
class TrialRunner {
 public:
  virtual ~TrialRunner() = default;

  /// Whatever the worker does (crash, hang, flood, lie) is an Observation. An Error means that the
  /// harness itself cannot run trials. Errors: TRIAL_SPAWN (errno named), TRIAL_INTERRUPTED.
  virtual Result<Observation> Run(const TrialSpec& spec) = 0;

  /// Why subjects with this loader cannot be run as protected as the study demands; empty if they
  /// can.
  virtual std::string Missing(const loaders::LoaderChoice& /*loader*/) const { return {}; }
};

}  // namespace falsify::harness
