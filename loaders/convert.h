#pragma once

#include <cstddef>
#include <span>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// True for the dtypes `ToF32` can widen: F32, F16, BF16.
bool CanWiden(Dtype dtype);

/// Widens elements to F32, exactly (every F16 and BF16 value is an F32 value; NaN payloads keep
/// their upper bits, signalling NaNs may turn quiet). `bytes` may have any alignment and holds
/// `into.size()` elements of `dtype`. Highway picks the instructions at run time; every path
/// gives the same bits. Precondition: CanWiden(dtype) and matching sizes.
void ToF32(Dtype dtype, std::span<const std::byte> bytes, std::span<float> into);

/// Rounds to nearest even; |x| >= 65520 becomes infinity (F16). Used by the model generator and by
/// digests of widened values. `into` holds `from.size()` elements of `dtype`.
void FromF32(Dtype dtype, std::span<const float> from, std::span<std::byte> into);

/// Undoes ToF32 bit for bit, signalling NaNs included. False if some value is not one that ToF32
/// makes of `dtype`; `into` is then unspecified. Precondition: CanWiden(dtype), matching sizes.
bool NarrowExactly(Dtype dtype, std::span<const float> from, std::span<std::byte> into);

}  // namespace falsify::loaders
