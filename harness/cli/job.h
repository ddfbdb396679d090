#pragma once

#include <string>

#include "harness/trial/observation.h"
#include "loaders/error.h"

namespace falsify::cli {

/// Looks into a model in a worker process: foreign bytes are never parsed in this one.
/// Errors: those of the model, or WORKER_FAILED.
Result<harness::ModelFacts> InspectInWorker(const std::string& path);

}  // namespace falsify::cli
