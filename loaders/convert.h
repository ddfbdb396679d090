#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// True for the dtypes `ToF32` can widen: F32, F16, BF16, F64, the signed integers, and every
/// block-quantised one but IQ1, IQ2, IQ3, TQ1_0 and NVFP4.
bool CanWiden(Dtype dtype);

/// True for the dtypes whose every value F32 holds, so that `NarrowExactly` can undo `ToF32`: F32,
/// F16, BF16.
bool CanNarrow(Dtype dtype);

/// Widens elements to F32. F16 and BF16 exactly (NaN payloads keep their upper bits, signalling
/// NaNs may turn quiet); the others as `Dequantize` (dequantize.h) says, to what their formats
/// define. `bytes` may have any alignment and holds `into.size()` elements of `dtype`, in whole
/// blocks. Highway picks the instructions at run time; every path gives the same bits.
/// Precondition: CanWiden(dtype) and `bytes` as long as StorageBytes(dtype, into.size()).
void ToF32(Dtype dtype, std::span<const std::byte> bytes, std::span<float> into);

/// As `ToF32`, for part of a tensor: `into.size()` elements from `first` on, which starts a block.
/// `bytes` holds the whole tensor.
void ToF32From(Dtype dtype, std::span<const std::byte> bytes, std::uint64_t first,
               std::span<float> into);

/// BF16 and F16: rounds to nearest even; |x| >= 65520 becomes infinity (F16). Blocks: as `Quantize`
/// (quantize.h) says. Used by the model generator and by digests of widened values. `into` holds
/// `from.size()` elements of `dtype`. Precondition: CanNarrow(dtype) or CanQuantize(dtype).
void FromF32(Dtype dtype, std::span<const float> from, std::span<std::byte> into);

/// Undoes ToF32 bit for bit, signalling NaNs included. False if some value is not one that ToF32
/// makes of `dtype`; `into` is then unspecified. Precondition: CanNarrow(dtype), matching sizes.
bool NarrowExactly(Dtype dtype, std::span<const float> from, std::span<std::byte> into);

}  // namespace falsify::loaders
