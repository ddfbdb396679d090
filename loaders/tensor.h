#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "loaders/bytes.h"
#include "loaders/dtype.h"

namespace falsify::loaders {

/// One tensor as its file declares it. Name and shape point into the header that was parsed and
/// live as long as the `Header` or `Model` that hands this out.
struct TensorInfo {
  std::string_view name;  ///< as spelled in the file
  Dtype dtype;
  std::span<const std::uint64_t> shape;  ///< outermost first, row-major; empty for a scalar
  std::uint64_t elements;                ///< product of `shape`; 1 for a scalar, 0 if any dim is 0
  ByteRange range;                       ///< of the file, from its first byte
};

/// One tensor's values in memory, row-major, little-endian, at any alignment (a SafeTensors file
/// may place an F32 tensor at an odd address). Valid as long as the Model that handed it out.
struct TensorView {
  std::string_view name;
  Dtype dtype;  ///< of `bytes`; a loader that converts holds F32 where the file has BF16
  std::span<const std::uint64_t> shape;
  std::span<const std::byte> bytes;
};

}  // namespace falsify::loaders
