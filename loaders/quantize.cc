#include "loaders/quantize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "loaders/half.h"

// Compiled with -ffp-contract=off: each product and each sum is rounded by itself.
namespace falsify::loaders {
namespace {

using Floats = std::span<const float>;

template <class T>
void Write(T value, std::byte* to) {
  std::memcpy(to, &value, sizeof(value));
}

std::byte ToByte(unsigned bits) { return static_cast<std::byte>(bits); }

/// `value` without its fraction, or the end of [least, most] beyond which it lies. NaN is `least`.
int Clamped(float value, int least, int most) {
  if (!(value > static_cast<float>(least))) return least;
  return value >= static_cast<float>(most) ? most : static_cast<int>(value);
}

unsigned Code(float value, int most) { return static_cast<unsigned>(Clamped(value, 0, most)); }

/// The first of those with the largest magnitude.
float Largest(Floats values) {
  return *std::ranges::max_element(values, {}, [](float value) { return std::fabs(value); });
}

float LargestMagnitude(Floats values) { return std::fabs(Largest(values)); }

float Inverse(float value) { return value != 0.0F ? 1.0F / value : 0.0F; }

/// 32 codes of four bits: element i and element i + 16 share a byte.
void PackNibbles(const std::array<unsigned, 32>& codes, std::byte* to) {
  for (std::size_t i = 0; i < 16; ++i) to[i] = ToByte((codes[i] & 15) | (codes[i + 16] & 15) << 4);
}

void PackFifthBits(const std::array<unsigned, 32>& codes, std::byte* to) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 32; ++i) bits |= (codes[i] >> 4 & 1U) << i;
  Write(bits, to);
}

/// Q4_0 and Q5_0: the value of largest magnitude becomes code 0, zero the one in the middle.
template <int kMiddle>
void QuantizeAroundZero(Floats values, std::byte* to) {
  const float scale = Largest(values) / static_cast<float>(-kMiddle);
  const float inverse = Inverse(scale);
  std::array<unsigned, 32> codes;
  for (std::size_t i = 0; i < 32; ++i) {
    codes[i] = Code(values[i] * inverse + (static_cast<float>(kMiddle) + 0.5F), 2 * kMiddle - 1);
  }
  Write(ToHalf(scale), to);
  if (kMiddle == 16) PackFifthBits(codes, to + 2);
  PackNibbles(codes, to + (kMiddle == 16 ? 6 : 2));
}

/// Q4_1 and Q5_1: from the least value to the most in `kMost` steps.
template <int kMost>
void QuantizeRange(Floats values, std::byte* to) {
  const auto [least, most] = std::ranges::minmax(values);
  const float scale = (most - least) / static_cast<float>(kMost);
  const float inverse = Inverse(scale);
  std::array<unsigned, 32> codes;
  for (std::size_t i = 0; i < 32; ++i) {
    codes[i] = Code((values[i] - least) * inverse + 0.5F, kMost);
  }
  Write(ToHalf(scale), to);
  Write(ToHalf(least), to + 2);
  if (kMost == 31) PackFifthBits(codes, to + 4);
  PackNibbles(codes, to + (kMost == 31 ? 8 : 4));
}

void QuantizeQ8_0(Floats values, std::byte* to) {
  const float scale = LargestMagnitude(values) / 127.0F;
  const float inverse = Inverse(scale);
  Write(ToHalf(scale), to);
  for (std::size_t i = 0; i < 32; ++i) {
    Write(static_cast<std::int8_t>(Clamped(std::round(values[i] * inverse), -128, 127)),
          to + 2 + i);
  }
}

/// The least F16 not below `value`, which is not negative; the largest finite one if there is none.
std::uint16_t HalfNotBelow(float value) {
  std::uint16_t half = ToHalf(value);
  if (FromHalf(half) < value) ++half;
  return std::min<std::uint16_t>(half, 0x7BFF);
}

/// How many steps of `step` it takes to reach `value`; at most `most`.
unsigned StepsTo(float value, float step, int most) {
  return step > 0.0F ? Code(std::ceil(value / step), most) : 0U;
}

/// Eight 6-bit scales and eight 6-bit minima in 12 bytes.
void PackScales(const std::array<unsigned, 8>& scales, const std::array<unsigned, 8>& minima,
                std::byte* to) {
  for (std::size_t k = 0; k < 4; ++k) {
    to[k] = ToByte(scales[k] | scales[k + 4] >> 4 << 6);
    to[k + 4] = ToByte(minima[k] | minima[k + 4] >> 4 << 6);
    to[k + 8] = ToByte((scales[k + 4] & 15) | (minima[k + 4] & 15) << 4);
  }
}

/// Eight groups of 32 values: first how far each reaches below zero, then the step it needs to get
/// from there to its largest value.
void QuantizeQ4_K(Floats values, std::byte* to) {
  std::array<float, 8> below;
  std::array<float, 8> width;
  for (std::size_t k = 0; k < 8; ++k) {
    below[k] = std::max(0.0F, -std::ranges::min(values.subspan(32 * k, 32)));
  }
  const std::uint16_t least = HalfNotBelow(std::ranges::max(below) / 63.0F);
  std::array<unsigned, 8> minima;
  for (std::size_t k = 0; k < 8; ++k) {
    minima[k] = StepsTo(below[k], FromHalf(least), 63);
    below[k] = FromHalf(least) * static_cast<float>(minima[k]);
    width[k] = std::max(0.0F, std::ranges::max(values.subspan(32 * k, 32)) + below[k]) / 15.0F;
  }
  const std::uint16_t scale = HalfNotBelow(std::ranges::max(width) / 63.0F);
  std::array<unsigned, 8> scales;
  std::array<unsigned, 256> codes;
  for (std::size_t k = 0; k < 8; ++k) {
    scales[k] = StepsTo(width[k], FromHalf(scale), 63);
    const float inverse = Inverse(FromHalf(scale) * static_cast<float>(scales[k]));
    for (std::size_t i = 32 * k; i < 32 * (k + 1); ++i) {
      codes[i] = Code((values[i] + below[k]) * inverse + 0.5F, 15);
    }
  }
  Write(scale, to);
  Write(least, to + 2);
  PackScales(scales, minima, to + 4);
  for (std::size_t i = 0; i < 128; ++i) {
    const std::size_t low = i / 32 * 64 + i % 32;
    to[16 + i] = ToByte(codes[low] | codes[low + 32] << 4);
  }
}

/// Sixteen groups of 16 values, each from -31 to 31 steps of its own.
void QuantizeQ6_K(Floats values, std::byte* to) {
  const std::uint16_t scale = HalfNotBelow(LargestMagnitude(values) / 31.0F / 127.0F);
  std::array<unsigned, 256> codes;
  for (std::size_t k = 0; k < 16; ++k) {
    const float magnitude = LargestMagnitude(values.subspan(16 * k, 16));
    const unsigned steps = StepsTo(magnitude / 31.0F, FromHalf(scale), 127);
    to[192 + k] = ToByte(steps);
    const float inverse = Inverse(FromHalf(scale) * static_cast<float>(steps));
    for (std::size_t i = 16 * k; i < 16 * (k + 1); ++i) {
      codes[i] = Code(values[i] * inverse + 32.5F, 63);
    }
  }
  Write(scale, to + 208);
  for (std::size_t i = 0; i < 128; ++i) {
    const std::size_t low = i / 64 * 128 + i % 64;
    to[i] = ToByte((codes[low] & 15) | (codes[low + 64] & 15) << 4);
  }
  for (std::size_t i = 0; i < 64; ++i) {
    const unsigned* first = codes.data() + i / 32 * 128 + i % 32;
    to[128 + i] =
        ToByte(first[0] >> 4 | first[32] >> 4 << 2 | first[64] >> 4 << 4 | first[96] >> 4 << 6);
  }
}

/// `values` may be fewer than 32: the last block of a tensor is filled up with zero bytes.
void QuantizeAprQ4(Floats values, std::byte* to) {
  const float magnitude = LargestMagnitude(values);
  const float scale = magnitude > 0.0F ? magnitude / 7.0F : 1.0F;
  Write(ToHalf(scale), to);
  std::fill_n(to + 2, 16, std::byte{0});
  for (std::size_t i = 0; i < values.size(); ++i) {
    const unsigned code = static_cast<unsigned>(Clamped(std::round(values[i] / scale), -8, 7) + 8);
    to[2 + i / 2] |= ToByte(code << (i % 2 * 4));
  }
}

void QuantizeAprQ8(Floats values, std::byte* to) {
  const float magnitude = LargestMagnitude(values);
  const float scale = magnitude > 0.0F ? magnitude / 127.0F : 1.0F;
  Write(scale, to);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int code = Clamped(std::round(values[i] / scale), -127, 127);
    Write(static_cast<std::int8_t>(code), to + sizeof(scale) + i);
  }
}

using QuantizeBlock = void (*)(Floats values, std::byte* to);

QuantizeBlock BlockQuantizer(Dtype dtype) {
  switch (dtype) {
    case Dtype::kQ4_0:
      return &QuantizeAroundZero<8>;
    case Dtype::kQ4_1:
      return &QuantizeRange<15>;
    case Dtype::kQ5_0:
      return &QuantizeAroundZero<16>;
    case Dtype::kQ5_1:
      return &QuantizeRange<31>;
    case Dtype::kQ8_0:
      return &QuantizeQ8_0;
    case Dtype::kQ4_K:
      return &QuantizeQ4_K;
    case Dtype::kQ6_K:
      return &QuantizeQ6_K;
    case Dtype::kAprQ4:
      return &QuantizeAprQ4;
    default:
      return nullptr;
  }
}

}  // namespace

bool CanQuantize(Dtype dtype) { return dtype == Dtype::kAprQ8 || BlockQuantizer(dtype) != nullptr; }

void Quantize(Dtype dtype, Floats from, std::span<std::byte> into) {
  if (from.empty()) return;
  if (dtype == Dtype::kAprQ8) return QuantizeAprQ8(from, into.data());
  const DtypeTraits& traits = Traits(dtype);
  const QuantizeBlock quantize = BlockQuantizer(dtype);
  std::byte* to = into.data();
  for (std::size_t done = 0; done < from.size(); done += traits.block_elements) {
    const std::size_t left = from.size() - done;
    quantize(from.subspan(done, std::min<std::size_t>(traits.block_elements, left)), to);
    to += traits.block_bytes;
  }
}

}  // namespace falsify::loaders
