#pragma once

#include "harness/trial/observation.h"
#include "loaders/model.h"

namespace falsify::harness {

/// What can be said of a model from its header and configuration alone; touches no payload.
ModelFacts FactsOf(const loaders::Model& model);

}  // namespace falsify::harness
