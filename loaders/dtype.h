#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace falsify::loaders {

/// How one tensor's elements are stored. Up to kU64 these are SafeTensors' dtypes, in the order of
/// its reference writer, which sorts by it, widest alignment last (huggingface/safetensors,
/// safetensors/src/tensor.rs). Then come the block-quantised types of GGUF (ggml-org/ggml,
/// src/ggml-common.h) and the two of APR.
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
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ8_1,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kQ8_K,
  kIQ2_XXS,
  kIQ2_XS,
  kIQ3_XXS,
  kIQ1_S,
  kIQ4_NL,
  kIQ3_S,
  kIQ2_S,
  kIQ4_XS,
  kIQ1_M,
  kTQ1_0,
  kTQ2_0,
  kMXFP4,
  kNVFP4,
  kQ1_0,
  kQ2_0,
  kAprQ4,
  kAprQ8,
};

/// Storage comes in blocks: `block_bytes` hold `block_elements` elements. F32 is 1 in 4 B,
/// F4 is 2 in 1 B; a block-quantised type is no different.
struct DtypeTraits {
  std::string_view name;  ///< as its format spells it: "BF16", "Q4_K", "AprQ4"
  std::uint32_t block_elements;
  std::uint32_t block_bytes;
  std::uint32_t prefix_bytes = 0;  ///< before the blocks, once per tensor (AprQ8: its scale)
  bool partial_block = false;      ///< the last block may be filled up with zeros (AprQ4)
};

const DtypeTraits& Traits(Dtype dtype);

/// Case-sensitive; empty if `name` is no dtype we know.
std::optional<Dtype> DtypeFromName(std::string_view name);

/// True for the dtypes a SafeTensors file can hold.
constexpr bool IsSafetensors(Dtype dtype) { return dtype <= Dtype::kU64; }

/// Bytes that `elements` take. Empty on overflow, or where they do not fill whole blocks and must.
std::optional<std::uint64_t> StorageBytes(Dtype dtype, std::uint64_t elements);

}  // namespace falsify::loaders
