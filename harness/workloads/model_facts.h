#pragma once

#include "harness/trial/observation.h"
#include "loaders/digest.h"
#include "loaders/model.h"

namespace falsify::harness {

/// What can be said of a model from its header and configuration alone; touches no payload.
ModelFacts FactsOf(const loaders::Model& model);

/// Puts a digest of content into an answer: "payload", "matched", and the dtypes of vectors.
void TellContent(const loaders::PayloadDigests& digests, Observation& seen);

}  // namespace falsify::harness
