#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace falsify::harness {

/// Activations are kept feature-major: `[features][lanes]`, one lane per token of the prompt,
/// padded with zeros to a multiple of `kLaneBlock`. Arithmetic runs along the lanes, each token on
/// its own, so a token's result depends neither on its neighbours nor on the width of the host's
/// vectors.
inline constexpr std::size_t kLaneBlock = 16;

/// `tokens` rounded up to whole lane blocks.
constexpr std::size_t PaddedLanes(std::size_t tokens) {
  return (tokens + kLaneBlock - 1) / kLaneBlock * kLaneBlock;
}

// All pointers may have any alignment `float` has; `lanes` is a multiple of kLaneBlock.

/// `out = x / sqrt(mean(x^2) + eps) * weight`, per lane. `x`, `out`: [weight.size()][lanes].
void RmsNorm(const float* x, std::span<const float> weight, float eps, std::size_t lanes,
             float* out);

/// Splits each of `lanes` values of every row into two BF16 pieces, value = high + low + at most
/// 2^-17 of itself. Per lane block, 16 high pieces are followed by their 16 low ones.
/// `x`: [rows][stride] of which the first `lanes` are read; `pieces`: [rows][2 * lanes].
void SplitPieces(const float* x, std::size_t rows, std::size_t stride, std::size_t lanes,
                 std::uint16_t* pieces);

/// Undoes `SplitPieces` on a product: high + low. `pieces`: [rows][2 * lanes]; `out`:
/// [rows][stride].
void AddPieces(const float* pieces, std::size_t rows, std::size_t lanes, std::size_t stride,
               float* out);

/// Stores the upper halves of `elements` F32 values if all their lower halves are zero, so that
/// nothing is lost; else returns false, `out` unspecified. `values` may have any alignment.
bool NarrowIfExact(const std::byte* values, std::size_t elements, std::uint16_t* out);

/// Adds `bias[row]` to every lane of the row. `x`: [bias.size()][lanes].
void AddBias(std::span<const float> bias, std::size_t lanes, float* x);

/// `to[i] += from[i]`; `values` is a multiple of kLaneBlock.
void AddInto(const float* from, std::size_t values, float* to);

/// `out[i] = gate[i] * sigmoid(gate[i]) * up[i]`; `values` is a multiple of kLaneBlock.
void SwiGlu(const float* gate, const float* up, std::size_t values, float* out);

}  // namespace falsify::harness
