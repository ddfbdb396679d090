#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace falsify::loaders {

/// How one tensor's elements are stored. The order is that of the SafeTensors reference writer,
/// which sorts by it, widest alignment last (huggingface/safetensors, safetensors/src/tensor.rs).
enum class Dtype : std::uint8_t {
  kBool,
  kF4,
  kF6E2M3,
  kF6E3M2,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kF8E4M3Fnuz,
  kF8E5M2Fnuz,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kC64,
  kF64,
  kI64,
  kU64,
};

/// Storage comes in blocks: `block_bytes` hold `block_elements` elements. F32 is 1 in 4 B,
/// F4 is 2 in 1 B; a block-quantised type is no different.
struct DtypeTraits {
  std::string_view name;  ///< as SafeTensors spells it, e.g. "BF16"
  std::uint32_t block_elements;
  std::uint32_t block_bytes;
};

const DtypeTraits& Traits(Dtype dtype);

/// Case-sensitive; empty if `name` is no dtype we know.
std::optional<Dtype> DtypeFromName(std::string_view name);

/// Bytes that `elements` take. Empty on overflow or where they do not fill whole blocks.
std::optional<std::uint64_t> StorageBytes(Dtype dtype, std::uint64_t elements);

}  // namespace falsify::loaders
