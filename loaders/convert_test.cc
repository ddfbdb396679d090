#include "loaders/convert.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/dtype.h"
#include "loaders/every_target.h"
#include "loaders/half.h"
#include "loaders/test_blocks.h"

namespace falsify::loaders {
namespace {

// The definitions, by arithmetic: sign * significand * 2^exponent. Shares nothing with the code.
float F16ByDefinition(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int significand = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return static_cast<float>(significand == 0 ? sign * INFINITY : NAN);
  if (exponent == 0) return static_cast<float>(sign * std::ldexp(significand, -24));
  return static_cast<float>(sign * std::ldexp(1024 + significand, exponent - 25));
}

float Bf16ByDefinition(std::uint16_t bits) {
  const int exponent = (bits >> 7) & 255;
  const int significand = bits & 127;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 255) return static_cast<float>(significand == 0 ? sign * INFINITY : NAN);
  if (exponent == 0) return static_cast<float>(sign * std::ldexp(significand, -133));
  return static_cast<float>(sign * std::ldexp(128 + significand, exponent - 134));
}

// Round to nearest even by measuring both neighbours: in doubles, where the distances are exact.
std::uint16_t NearestByDefinition(float value, float (*decode)(std::uint16_t), double infinity_at,
                                  std::uint16_t infinity) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude >= infinity_at) return static_cast<std::uint16_t>(sign | infinity);
  std::uint16_t below = 0;  // the largest code whose value is not above `magnitude`
  for (int bit = 14; bit >= 0; --bit) {
    const auto candidate = static_cast<std::uint16_t>(below | (1 << bit));
    if (candidate < infinity && static_cast<double>(decode(candidate)) <= magnitude) {
      below = candidate;
    }
  }
  if (below + 1 == infinity) return static_cast<std::uint16_t>(sign | below);
  const auto above = static_cast<std::uint16_t>(below + 1);
  const double to_below = magnitude - static_cast<double>(decode(below));
  const double to_above = static_cast<double>(decode(above)) - magnitude;
  const bool up = to_above < to_below || (to_above == to_below && (below & 1) != 0);
  return static_cast<std::uint16_t>(sign | (up ? above : below));
}

std::uint16_t F16Nearest(float value) {
  return NearestByDefinition(value, F16ByDefinition, 65520.0, 0x7C00);
}

std::uint16_t Bf16Nearest(float value) {
  const double infinity_at = std::ldexp(511.0, 119);  // half a step above the largest BF16
  return NearestByDefinition(value, Bf16ByDefinition, infinity_at, 0x7F80);
}

std::vector<std::uint16_t> AllPatterns() {
  std::vector<std::uint16_t> patterns(65536);
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<std::uint16_t>(i);
  return patterns;
}

std::vector<float> Widened(Dtype dtype, const std::vector<std::uint16_t>& patterns) {
  std::vector<float> values(patterns.size());
  ToF32(dtype, std::as_bytes(std::span(patterns)), values);
  return values;
}

std::vector<std::uint16_t> Narrowed(Dtype dtype, const std::vector<float>& values) {
  std::vector<std::uint16_t> patterns(values.size());
  FromF32(dtype, values, std::as_writable_bytes(std::span(patterns)));
  return patterns;
}

// Every 16-bit value, the exact middle between it and its neighbour, one F32 step to either side
// of both, and every F32 exponent with random significands.
std::vector<float> ValuesAroundEveryRounding(Dtype dtype) {
  std::vector<float> values;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto pattern = static_cast<std::uint16_t>(i);
    const float value = dtype == Dtype::kF16 ? F16ByDefinition(pattern) : Bf16ByDefinition(pattern);
    if (!std::isfinite(value)) continue;
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t half = dtype == Dtype::kF16 ? 0x1000U : 0x8000U;
    for (const std::uint32_t near : {bits, bits + half}) {
      for (const std::uint32_t at : {near - 1, near, near + 1}) {
        const float candidate = std::bit_cast<float>(at);
        if (!std::isnan(candidate)) values.push_back(candidate);
      }
    }
  }
  std::mt19937 random(20260401);
  for (int i = 0; i < 200000; ++i) {
    const float candidate = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isnan(candidate)) values.push_back(candidate);
  }
  return values;
}

using ConvertOn = EveryTarget;

INSTANTIATE_TEST_SUITE_P(Targets, ConvertOn, AllTargets(), TargetOf);

TEST_P(ConvertOn, WidensEveryF16PatternToItsExactValue) {
  const std::vector<std::uint16_t> patterns = AllPatterns();
  const std::vector<float> values = Widened(Dtype::kF16, patterns);
  for (const std::uint16_t pattern : patterns) {
    const float expected = F16ByDefinition(pattern);
    const auto bits = std::bit_cast<std::uint32_t>(values[pattern]);
    if (std::isnan(expected)) {
      const auto payload = static_cast<std::uint32_t>(pattern & 0x3FF) << 13;
      ASSERT_EQ(bits, (pattern & 0x8000U) << 16 | 0x7F800000U | payload) << pattern;
    } else {
      ASSERT_EQ(bits, std::bit_cast<std::uint32_t>(expected)) << pattern;
    }
  }
}

TEST_P(ConvertOn, WidensEveryBf16PatternToItsExactValue) {
  const std::vector<std::uint16_t> patterns = AllPatterns();
  const std::vector<float> values = Widened(Dtype::kBF16, patterns);
  for (const std::uint16_t pattern : patterns) {
    const float expected = Bf16ByDefinition(pattern);
    const auto bits = std::bit_cast<std::uint32_t>(values[pattern]);
    ASSERT_EQ(bits, static_cast<std::uint32_t>(pattern) << 16);
    if (std::isnan(expected)) continue;
    ASSERT_EQ(bits, std::bit_cast<std::uint32_t>(expected)) << pattern;
  }
}

TEST_P(ConvertOn, RoundsF16ToNearestEven) {
  const std::vector<float> values = ValuesAroundEveryRounding(Dtype::kF16);
  const std::vector<std::uint16_t> narrowed = Narrowed(Dtype::kF16, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(narrowed[i], F16Nearest(values[i])) << values[i];
  }
}

TEST_P(ConvertOn, RoundsBf16ToNearestEven) {
  const std::vector<float> values = ValuesAroundEveryRounding(Dtype::kBF16);
  const std::vector<std::uint16_t> narrowed = Narrowed(Dtype::kBF16, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(narrowed[i], Bf16Nearest(values[i])) << values[i];
  }
}

TEST_P(ConvertOn, KeepsNansQuietWithTheirUpperBits) {
  const std::vector<float> nans = {
      std::bit_cast<float>(0x7F800001U), std::bit_cast<float>(0xFF800001U),
      std::bit_cast<float>(0x7FFFFFFFU), std::bit_cast<float>(0x7FABCDEFU)};
  EXPECT_EQ(Narrowed(Dtype::kBF16, nans),
            (std::vector<std::uint16_t>{0x7FC0, 0xFFC0, 0x7FFF, 0x7FEB}));
  EXPECT_EQ(Narrowed(Dtype::kF16, nans),
            (std::vector<std::uint16_t>{0x7E00, 0xFE00, 0x7FFF, 0x7F5E}));
}

TEST_P(ConvertOn, TakesAnyAlignmentAndEveryLengthOfTheLastVector) {
  const std::vector<std::uint16_t> patterns = AllPatterns();
  for (std::size_t elements = 0; elements <= 67; ++elements) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::vector<std::byte> bytes(elements * 2 + shift);
      const std::uint16_t* from = patterns.data() + 0x3BF0;
      if (elements > 0) std::memcpy(bytes.data() + shift, from, elements * 2);
      std::vector<float> values(elements + 1, -7.0F);
      ToF32(Dtype::kF16, std::span(bytes).subspan(shift), std::span(values).first(elements));
      for (std::size_t i = 0; i < elements; ++i) ASSERT_EQ(values[i], F16ByDefinition(from[i]));
      ASSERT_EQ(values[elements], -7.0F) << "wrote past the end";

      std::vector<std::byte> back(elements * 2 + shift + 1, std::byte{0xA5});
      FromF32(Dtype::kF16, std::span(values).first(elements),
              std::span(back).subspan(shift, elements * 2));
      ASSERT_TRUE(std::equal(bytes.begin() + static_cast<std::ptrdiff_t>(shift), bytes.end(),
                             back.begin() + static_cast<std::ptrdiff_t>(shift)));
      ASSERT_EQ(back.back(), std::byte{0xA5}) << "wrote past the end";
    }
  }
}

TEST(NarrowExactly, UndoesEveryWideningBitForBit) {
  for (const Dtype dtype : {Dtype::kF16, Dtype::kBF16}) {
    const std::vector<std::uint16_t> patterns = AllPatterns();
    std::vector<std::uint16_t> back(patterns.size());
    EXPECT_TRUE(
        NarrowExactly(dtype, Widened(dtype, patterns), std::as_writable_bytes(std::span(back))));
    EXPECT_EQ(back, patterns) << Traits(dtype).name;
  }
}

TEST(NarrowExactly, RefusesValuesTheTypeDoesNotHave) {
  for (const Dtype dtype : {Dtype::kF16, Dtype::kBF16}) {
    for (const std::size_t at : {0U, 1023U, 1024U, 2999U}) {
      for (const float stray : {0.1F, 1e-39F, std::bit_cast<float>(0x7F800001U)}) {
        std::vector<float> values(3000, 1.0F);
        values[at] = stray;
        std::vector<std::byte> narrow(6000);
        EXPECT_FALSE(NarrowExactly(dtype, values, narrow)) << Traits(dtype).name << " " << stray;
      }
    }
  }
}

TEST(Convert, F16TurnsInfiniteAt65520) {
  EXPECT_EQ(Narrowed(Dtype::kF16, {65519.996F, 65520.0F, -65520.0F, 1e30F}),
            (std::vector<std::uint16_t>{0x7BFF, 0x7C00, 0xFC00, 0x7C00}));
}

TEST(Convert, F32PassesUnchangedAtAnyAlignment) {
  const std::vector<float> values = {1.5F, -0.0F, std::bit_cast<float>(0x7F800001U)};
  std::vector<std::byte> bytes(13);
  FromF32(Dtype::kF32, values, std::span(bytes).subspan(1));
  std::vector<float> back(3);
  ToF32(Dtype::kF32, std::span<const std::byte>(bytes).subspan(1), back);
  EXPECT_EQ(std::memcmp(values.data(), back.data(), 12), 0);
}

TEST(Convert, WidensAllButBitsUnsignedAndTheFinestFormats) {
  const std::set<std::string_view> cannot = {
      "BOOL",        "F4",          "F6_E2M3", "F6_E3M2", "U8",    "F8_E5M2", "F8_E4M3", "F8_E8M0",
      "F8_E4M3FNUZ", "F8_E5M2FNUZ", "U16",     "U32",     "U64",   "C64",     "IQ2_XXS", "IQ2_XS",
      "IQ3_XXS",     "IQ1_S",       "IQ3_S",   "IQ2_S",   "IQ1_M", "TQ1_0",   "NVFP4"};
  for (int i = 0; i <= static_cast<int>(Dtype::kAprQ8); ++i) {
    const std::string_view name = Traits(static_cast<Dtype>(i)).name;
    EXPECT_EQ(CanWiden(static_cast<Dtype>(i)), !cannot.contains(name)) << name;
  }
}

TEST(Convert, NarrowsTheThreeFloatTypesOnly) {
  for (int i = 0; i <= static_cast<int>(Dtype::kAprQ8); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    const bool wanted = dtype == Dtype::kF32 || dtype == Dtype::kF16 || dtype == Dtype::kBF16;
    EXPECT_EQ(CanNarrow(dtype), wanted) << Traits(dtype).name;
  }
}

TEST(Half, IsTheScalarTwinOfF16) {
  const std::vector<std::uint16_t> patterns = AllPatterns();
  const std::vector<float> values = Widened(Dtype::kF16, patterns);
  for (const std::uint16_t pattern : patterns) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(FromHalf(pattern)),
              std::bit_cast<std::uint32_t>(values[pattern]))
        << pattern;
  }
  std::vector<float> wide = ValuesAroundEveryRounding(Dtype::kF16);
  for (const std::uint32_t nan : {0x7F800001U, 0xFFC12345U}) {
    wide.push_back(std::bit_cast<float>(nan));
  }
  const std::vector<std::uint16_t> narrowed = Narrowed(Dtype::kF16, wide);
  for (std::size_t i = 0; i < wide.size(); ++i) {
    ASSERT_EQ(ToHalf(wide[i]), narrowed[i]) << wide[i];
  }
}

template <class T>
std::vector<float> WidenedFrom(Dtype dtype, const std::vector<T>& stored) {
  std::vector<std::byte> bytes(stored.size() * sizeof(T) + 1);
  std::memcpy(bytes.data() + 1, stored.data(), stored.size() * sizeof(T));
  std::vector<float> values(stored.size());
  ToF32(dtype, std::span<const std::byte>(bytes).subspan(1), values);
  return values;
}

TEST(Convert, RoundsIntegersAndF64ToTheNearestF32) {
  EXPECT_EQ(WidenedFrom<std::int8_t>(Dtype::kI8, {-128, 0, 127}),
            (std::vector<float>{-128.0F, 0.0F, 127.0F}));
  EXPECT_EQ(WidenedFrom<std::int16_t>(Dtype::kI16, {-32768, 32767}),
            (std::vector<float>{-32768.0F, 32767.0F}));
  EXPECT_EQ(WidenedFrom<std::int32_t>(Dtype::kI32, {16777217, 16777219, -16777217}),
            (std::vector<float>{16777216.0F, 16777220.0F, -16777216.0F}));
  EXPECT_EQ(WidenedFrom<std::int64_t>(Dtype::kI64, {std::numeric_limits<std::int64_t>::min(), 3}),
            (std::vector<float>{-0x1p63F, 3.0F}));
  EXPECT_EQ(WidenedFrom<double>(Dtype::kF64, {0.1, 1e300, -0x1p-149}),
            (std::vector<float>{0.1F, INFINITY, -0x1p-149F}));
}

TEST(ToF32From, GivesThatPartOfTheTensor) {
  for (const Dtype dtype : {Dtype::kBF16, Dtype::kF32, Dtype::kI32, Dtype::kQ4_K, Dtype::kQ8_0,
                            Dtype::kAprQ4, Dtype::kAprQ8}) {
    const std::vector<std::byte> bytes =
        dtype == Dtype::kF32 ? RandomBlocks(Dtype::kI32, 1024, 5) : TameBlocks(dtype, 1024, 5);
    std::vector<float> whole(1024);
    ToF32(dtype, bytes, whole);
    for (const std::size_t first : {0U, 256U, 768U}) {
      std::vector<float> part(256);
      ToF32From(dtype, bytes, first, part);
      EXPECT_EQ(std::memcmp(part.data(), whole.data() + first, 1024), 0)
          << Traits(dtype).name << " " << first;
    }
  }
}

}  // namespace
}  // namespace falsify::loaders
