#pragma once

#include <string>

#include "harness/trial/observation.h"
#include "loaders/error.h"

namespace falsify::cli {

enum class Inspection {
  kHeader,  ///< reads no payload
  kVerify,  ///< reads every byte: checksums, values that are no numbers, the payload's digest
};

/// Looks into a model in a worker process, because no foreign byte is parsed in this one.
/// Errors: those of the model, WORKER_FAILED, TRIAL_SPAWN.
Result<harness::ModelFacts> InspectInWorker(const std::string& path, Inspection inspection);

}  // namespace falsify::cli
