#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/trial/spec.h"
#include "loaders/error.h"
#include "loaders/stored_model.h"

namespace falsify::harness {

/// A tensor, and a prompt after which the greedy token is clearly another once the tensor is
/// disturbed.
struct TellingChange {
  std::size_t tensor;  ///< index into the header's tensors
  std::vector<std::uint32_t> prompt;
};

/// Those of `tensors` that tell, by our own decoder: of an engine of which only the token is seen,
/// a token that stays says nothing where it would stay anyway. "Clearly" is by a twentieth of the
/// range of all logits, before as after, which no rounding of another engine's reaches.
/// Runs in a fork. Errors: CONFIG_*, DECODER_*; WEIGHTS_ENGINE.
Result<std::vector<TellingChange>> FindTellingChanges(const TrialSpec& spec,
                                                      const loaders::StoredModel& own,
                                                      std::span<const std::size_t> tensors);

}  // namespace falsify::harness
