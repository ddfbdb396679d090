#pragma once

#include <cstddef>
#include <vector>

#include "loaders/tensor.h"

namespace falsify::harness {

/// The bytes of `view` with its values changed, finite as before, so that whoever uses them
/// computes something else: floating-point values change their sign; rows of block-quantised values
/// change places, since no single bit of a block negates it. A tensor that is zero everywhere, or a
/// single block, may come back as it was.
std::vector<std::byte> Disturbed(const loaders::TensorView& view);

}  // namespace falsify::harness
