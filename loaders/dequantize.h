#pragma once

#include <cstddef>
#include <span>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// True for every dtype that has an F32 and is not a float of 32 bits or less: the block-quantised
/// ones but for IQ1, IQ2, IQ3, TQ1_0 and NVFP4, and F64, I8, I16, I32, I64. What `ToF32`
/// (convert.h) hands on to `Dequantize`.
bool CanDequantize(Dtype dtype);

/// Decodes `into.size()` elements from the block that `blocks` points to on. Block-quantised values
/// are those of ggml's reference, each operation rounded to F32 by itself; F64 and integers are
/// rounded to nearest. The same bits on every instruction set, but for the sign and payload of NaN
/// (from a NaN or infinite scale). `prefix` is where the tensor starts (AprQ8 has its scale there).
/// No pointer need be aligned. Precondition: CanDequantize(dtype).
void Dequantize(Dtype dtype, const std::byte* prefix, const std::byte* blocks,
                std::span<float> into);

}  // namespace falsify::loaders
