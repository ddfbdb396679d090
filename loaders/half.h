#pragma once

#include <bit>
#include <cstdint>

namespace falsify::loaders {

/// One F16 (IEEE binary16) value, exactly; NaN payloads keep their bits.
inline float FromHalf(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t magnitude = half & 0x7FFFU;
  if (magnitude < 0x0400U) {  // subnormal
    const float value = static_cast<float>(magnitude) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(value));
  }
  constexpr std::uint32_t kRebias = (127U - 15U) << 23;
  const std::uint32_t special = magnitude >= 0x7C00U ? kRebias : 0U;  // the exponent becomes 255
  return std::bit_cast<float>(sign | ((magnitude << 13) + kRebias + special));
}

/// Rounds to nearest even; |value| >= 65520 becomes infinity. The scalar twin of FromF32, for the
/// scales of blocks.
inline std::uint16_t ToHalf(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  std::uint32_t half = 0;
  if (magnitude > 0x7F800000U) {
    half = 0x7E00U | (magnitude >> 13 & 0x03FFU);
  } else if (magnitude >= 0x477FF000U) {  // 65520
    half = 0x7C00U;
  } else if (magnitude < 113U << 23) {  // below 2^-14: adding 0.5 rounds to a multiple of 2^-24
    constexpr std::uint32_t kOneHalf = 126U << 23;
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - kOneHalf;
  } else {
    half = (magnitude + 0xFFFU + (magnitude >> 13 & 1U) - ((127U - 15U) << 23)) >> 13;
  }
  return static_cast<std::uint16_t>(sign | half);
}

}  // namespace falsify::loaders
