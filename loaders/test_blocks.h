#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// Every block-quantised dtype that can be widened.
inline constexpr Dtype kBlockDtypes[] = {
    Dtype::kQ4_0,  Dtype::kQ4_1, Dtype::kQ5_0,   Dtype::kQ5_1,   Dtype::kQ8_0,
    Dtype::kQ8_1,  Dtype::kQ2_K, Dtype::kQ3_K,   Dtype::kQ4_K,   Dtype::kQ5_K,
    Dtype::kQ6_K,  Dtype::kQ8_K, Dtype::kIQ4_NL, Dtype::kIQ4_XS, Dtype::kMXFP4,
    Dtype::kTQ2_0, Dtype::kQ1_0, Dtype::kQ2_0,   Dtype::kAprQ4,  Dtype::kAprQ8,
};

/// `elements` elements of random bits, the same on every machine: scales are zero, subnormal,
/// infinite and NaN as often as chance has it.
inline std::vector<std::byte> RandomBlocks(Dtype dtype, std::uint64_t elements,
                                           std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(StorageBytes(dtype, elements).value());
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() & 255U);
  return bytes;
}

/// Where a block keeps its F16 scales, and of which power of two they must be for its values to be
/// about 1/16, or less where offsets make them all of one sign.
struct BlockScales {
  std::vector<std::size_t> offsets;
  int exponent;
};

inline BlockScales ScalesOf(Dtype dtype) {
  switch (dtype) {
    case Dtype::kQ4_1:
      return {{0, 2}, -7};
    case Dtype::kQ5_1:
      return {{0, 2}, -8};
    case Dtype::kQ5_0:
      return {{0}, -7};
    case Dtype::kQ8_0:
    case Dtype::kQ8_1:
    case Dtype::kIQ4_NL:
      return {{0}, -10};
    case Dtype::kQ2_K:
      return {{80, 82}, -10};
    case Dtype::kQ3_K:
      return {{108}, -10};
    case Dtype::kQ4_K:
    case Dtype::kQ5_K:
      return {{0, 2}, -14};
    case Dtype::kQ6_K:
      return {{208}, -14};
    case Dtype::kIQ4_XS:
      return {{0}, -14};
    case Dtype::kTQ2_0:
      return {{64}, -4};
    case Dtype::kQ1_0:
    case Dtype::kQ2_0:
      return {{0}, -4};
    case Dtype::kMXFP4:
    case Dtype::kQ8_K:
    case Dtype::kAprQ8:
      return {{}, 0};  // an exponent, an F32, an F32 before the blocks
    default:
      return {{0}, -6};
  }
}

/// Random blocks whose values are about as large as weights are.
inline std::vector<std::byte> TameBlocks(Dtype dtype, std::uint64_t elements, std::uint32_t seed) {
  std::vector<std::byte> bytes = RandomBlocks(dtype, elements, seed);
  const DtypeTraits& traits = Traits(dtype);
  const BlockScales scales = ScalesOf(dtype);
  const auto exponent = static_cast<std::byte>((scales.exponent + 15) << 2);
  const float wide_scale = 0x1p-10F;
  if (dtype == Dtype::kAprQ8) std::memcpy(bytes.data(), &wide_scale, sizeof(wide_scale));
  for (std::size_t at = traits.prefix_bytes; at < bytes.size(); at += traits.block_bytes) {
    if (dtype == Dtype::kQ8_K) std::memcpy(bytes.data() + at, &wide_scale, sizeof(wide_scale));
    if (dtype == Dtype::kMXFP4) bytes[at] = std::byte{122};
    for (const std::size_t offset : scales.offsets) {
      std::byte& high = bytes[at + offset + 1];
      high = (high & std::byte{0x83}) | exponent;  // keeps the sign and the significand
    }
  }
  return bytes;
}

}  // namespace falsify::loaders
