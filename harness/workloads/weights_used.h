#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Chooses the first token with the weights as they are, then again and again, each time with one
/// tensor disturbed in a private copy; the logits have to differ. A loader with an engine of its
/// own gets a copy of the model's files instead, and its token has to differ where our decoder's
/// clearly does. All tensors of a small model, of a large one some that depend on `spec.variation`,
/// so that trials add up. `seen.measures`: "tensors_disturbed", "tensors_ignored";
/// `seen.digests["ignored"]` names the first few.
/// Errors: those of the loader, CONFIG_*, DECODER_*, WEIGHTS_ENGINE, WEIGHTS_TWIN.
Result<void> RunWeightsUsed(const TrialSpec& spec, Observation& seen);

}  // namespace falsify::harness
