#include "loaders/dequantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/every_target.h"
#include "loaders/golden_blocks.h"
#include "loaders/test_blocks.h"
#include "xxhash.h"

namespace falsify::loaders {
namespace {

std::vector<std::byte> FromHex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const std::string byte(hex.substr(i, 2));
    bytes.push_back(static_cast<std::byte>(std::stoi(byte, nullptr, 16)));
  }
  return bytes;
}

std::vector<std::uint32_t> Bits(Dtype dtype, std::span<const std::byte> bytes,
                                std::size_t elements) {
  std::vector<float> values(elements);
  ToF32(dtype, bytes, values);
  std::vector<std::uint32_t> bits;
  for (const float value : values) {
    bits.push_back(std::isnan(value) ? 0x7FC00000U : std::bit_cast<std::uint32_t>(value));
  }
  return bits;
}

std::size_t BlockElements(Dtype dtype) {
  return dtype == Dtype::kAprQ8 ? 32 : Traits(dtype).block_elements;
}

using DequantizeOn = EveryTarget;

INSTANTIATE_TEST_SUITE_P(Targets, DequantizeOn, AllTargets(), TargetOf);

TEST_P(DequantizeOn, GivesTheGoldenBits) {
  for (const GoldenBlock& golden : kGoldenBlocks) {
    const std::size_t elements = BlockElements(golden.dtype);
    const std::vector<std::uint32_t> bits = Bits(golden.dtype, FromHex(golden.block), elements);
    const std::size_t step = elements / golden.bits.size();
    for (std::size_t k = 0; k < golden.bits.size(); ++k) {
      EXPECT_EQ(bits[k * step + k % step], golden.bits[k])
          << Traits(golden.dtype).name << " " << k * step + k % step;
    }
  }
}

TEST_P(DequantizeOn, GivesTheGoldenBitsForEveryKindOfScale) {
  for (const GoldenBlock& golden : kGoldenBlocks) {
    const std::size_t elements = 64 * BlockElements(golden.dtype);
    const std::vector<std::uint32_t> bits =
        Bits(golden.dtype, RandomBlocks(golden.dtype, elements, 1), elements);
    const XXH128_hash_t hash = XXH3_128bits(bits.data(), bits.size() * sizeof(bits[0]));
    EXPECT_EQ(fmt::format("{:016x}{:016x}", hash.high64, hash.low64), golden.of_random)
        << Traits(golden.dtype).name;
  }
}

TEST_P(DequantizeOn, TakesAnyAlignmentAndWritesNothingElse) {
  for (const Dtype dtype : kBlockDtypes) {
    const std::size_t elements = 3 * BlockElements(dtype);
    const std::vector<std::byte> bytes = TameBlocks(dtype, elements, 2);
    std::vector<std::byte> shifted(bytes.size() + 1);
    std::ranges::copy(bytes, shifted.begin() + 1);
    std::vector<float> values(elements + 2, -7.0F);
    ToF32(dtype, std::span(shifted).subspan(1), std::span(values).subspan(1, elements));
    EXPECT_EQ(values.front(), -7.0F) << Traits(dtype).name;
    EXPECT_EQ(values.back(), -7.0F) << Traits(dtype).name;
    std::vector<float> aligned(elements);
    ToF32(dtype, bytes, aligned);
    EXPECT_TRUE(std::equal(aligned.begin(), aligned.end(), values.begin() + 1))
        << Traits(dtype).name;
  }
}

TEST_P(DequantizeOn, StopsWithinTheLastBlockOfAprQ4) {
  const std::vector<std::byte> bytes = TameBlocks(Dtype::kAprQ4, 96, 3);
  std::vector<float> whole(96);
  ToF32(Dtype::kAprQ4, bytes, whole);
  for (std::size_t elements = 65; elements <= 96; ++elements) {
    std::vector<float> values(elements + 1, -7.0F);
    ToF32(Dtype::kAprQ4, bytes, std::span(values).first(elements));
    EXPECT_TRUE(std::equal(values.begin(), values.end() - 1, whole.begin())) << elements;
    EXPECT_EQ(values.back(), -7.0F) << elements;
  }
}

// 0x7BFF is the largest F16, 0x0001 the smallest, 0x8000 minus zero, 0x7C00 infinity, 0x7E00 NaN.
TEST_P(DequantizeOn, TakesScalesAtTheirWord) {
  std::vector<std::byte> block(34, std::byte{2});
  const auto two_times = [&](std::uint16_t scale) {
    std::memcpy(block.data(), &scale, sizeof(scale));
    return Bits(Dtype::kQ8_0, block, 32).front();
  };
  EXPECT_EQ(two_times(0x7BFF), std::bit_cast<std::uint32_t>(131008.0F));
  EXPECT_EQ(two_times(0x0001), std::bit_cast<std::uint32_t>(0x1p-23F));
  EXPECT_EQ(two_times(0x8000), std::bit_cast<std::uint32_t>(-0.0F));
  EXPECT_EQ(two_times(0x7C00), std::bit_cast<std::uint32_t>(INFINITY));
  EXPECT_EQ(two_times(0x7E00), 0x7FC00000U);
}

TEST(Dequantize, HasAGoldenBlockOfEveryBlockDtype) {
  for (int i = static_cast<int>(Dtype::kQ4_0); i <= static_cast<int>(Dtype::kAprQ8); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    const bool golden =
        std::ranges::find(kGoldenBlocks, dtype, &GoldenBlock::dtype) != std::end(kGoldenBlocks);
    EXPECT_EQ(CanDequantize(dtype), golden) << Traits(dtype).name;
    EXPECT_EQ(golden, std::ranges::find(kBlockDtypes, dtype) != std::end(kBlockDtypes));
  }
}

}  // namespace
}  // namespace falsify::loaders
