#pragma once

#include <cstddef>
#include <span>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// True for Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q6_K, AprQ4 and AprQ8.
bool CanQuantize(Dtype dtype);

/// Rounds finite values to blocks; the same bytes on every machine.
///
/// Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0 are those of ggml's quantize_row_*_ref. AprQ4 and AprQ8 follow
/// aprender: largest magnitude over 7 or 127, nearest multiple. Q4_K and Q6_K do not search for the
/// least squares as ggml does: scales are rounded up until the range of every group fits, so that
/// no value is off by more than half of its group's step. Values too large for the F16 scale become
/// infinite (Q4_K, Q6_K: the largest there is).
///
/// Precondition: CanQuantize(dtype); `into` is StorageBytes(dtype, from.size()) long. For AprQ8,
/// `from` is the whole tensor.
void Quantize(Dtype dtype, std::span<const float> from, std::span<std::byte> into);

}  // namespace falsify::loaders
