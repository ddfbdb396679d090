#include "loaders/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "loaders/convert.h"
#include "loaders/half.h"
#include "xxhash.h"

namespace falsify::loaders {
namespace {

constexpr Dtype kQuantized[] = {Dtype::kQ4_0, Dtype::kQ4_1,  Dtype::kQ5_0,
                                Dtype::kQ5_1, Dtype::kQ8_0,  Dtype::kQ4_K,
                                Dtype::kQ6_K, Dtype::kAprQ4, Dtype::kAprQ8};

std::vector<std::byte> Quantized(Dtype dtype, const std::vector<float>& values) {
  std::vector<std::byte> bytes(StorageBytes(dtype, values.size()).value());
  FromF32(dtype, values, bytes);
  return bytes;
}

std::vector<float> ThereAndBack(Dtype dtype, const std::vector<float>& values) {
  std::vector<float> back(values.size());
  ToF32(dtype, Quantized(dtype, values), back);
  return back;
}

std::string Hex(const std::vector<std::byte>& bytes) {
  std::string hex;
  for (const std::byte byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return hex;
}

// Up to 5.375, in no order, with the largest magnitude twice, first below zero.
std::vector<float> Ramp() {
  std::vector<float> values;
  for (int i = 0; i < 32; ++i) values.push_back(static_cast<float>(i * 37 % 64 - 20) / 8.0F);
  values[7] = -values[19];
  return values;
}

// Groups of 32 that are uniform, of few whole steps (ties), all zero, or far from zero; each of a
// magnitude of its own. The same on every machine.
std::vector<float> Draws(std::size_t elements, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(elements);
  float scale = 0.0F;
  std::uint_fast32_t kind = 0;
  for (std::size_t i = 0; i < elements; ++i) {
    if (i % 32 == 0) {
      scale = std::ldexp(1.0F, static_cast<int>(random() % 24) - 20);
      kind = random() % 6;
    }
    const auto signed_bits = static_cast<float>(static_cast<std::int32_t>(random()));
    values[i] = signed_bits * 0x1p-31F * scale;
    if (kind == 0) values[i] = 0.0F;
    if (kind == 1) values[i] = (static_cast<float>(random() % 17) - 8.0F) * scale;
    if (kind == 2) values[i] += 2.0F * scale;
  }
  return values;
}

struct Golden {
  Dtype dtype;
  std::string_view ramp;
  std::string_view draws;  // XXH3-128
};

// What quantize_row_*_ref of ggml (node-llama-cpp 3.22.1) gives.
constexpr Golden kGolden[] = {
    {Dtype::kQ4_0, "603974eb96fdb86fda80fca75ec97fda85fc", "5abbaafdf3d0b85b9de497268ce2ae4d"},
    {Dtype::kQ4_1, "bc3960c574da96fca86ec970eb964db86eda85ec", "ba02cd27fa86a5e75bcb3a94f53af9c4"},
    {Dtype::kQ5_0, "60357abddeebf9c62cfa60cea400d73d9b71dfb51bf9",
     "d35dd5ddc3b991da9273271094273b96"},
    {Dtype::kQ5_1, "8c3560c57abd5eebe8b62cf950cd93f0c73d9a61dea40ae8",
     "aa907759d808b23643852b86abe541ad"},
    {Dtype::kQ8_0, "6b29c532e250006d1e813beb59097626d744f461127f2fe04dfd6a1bcb38e8560673",
     "e3839afc240f3416d0e2cb530b3950cd"},
};

TEST(Quantize, GivesTheBytesOfGgmlsReference) {
  for (const Golden& golden : kGolden) {
    EXPECT_EQ(Hex(Quantized(golden.dtype, Ramp())), golden.ramp) << Traits(golden.dtype).name;
    const std::vector<std::byte> bytes = Quantized(golden.dtype, Draws(1 << 16, 1));
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    EXPECT_EQ(fmt::format("{:016x}{:016x}", hash.high64, hash.low64), golden.draws)
        << Traits(golden.dtype).name;
  }
}

struct Reach {
  float least;
  float most;
  float magnitude;
};

Reach ReachOf(const std::vector<float>& values, std::size_t first, std::size_t count) {
  Reach reach = {0.0F, 0.0F, 0.0F};
  for (std::size_t i = first; i < first + count; ++i) {
    reach.least = std::min(reach.least, values[i]);
    reach.most = std::max(reach.most, values[i]);
    reach.magnitude = std::max(reach.magnitude, std::fabs(values[i]));
  }
  return reach;
}

// The step of a group is its reach over 15; its scale and its minimum are rounded up to a 63rd of
// the largest in the block, which an F16 may exceed by 2^-10.
TEST(Quantize, KeepsQ4KWithinHalfAStep) {
  const std::vector<float> values = Draws(1 << 18, 2);
  const std::vector<float> back = ThereAndBack(Dtype::kQ4_K, values);
  for (std::size_t block = 0; block < values.size(); block += 256) {
    float widest = 0.0F;
    float lowest = 0.0F;
    for (std::size_t group = block; group < block + 256; group += 32) {
      const Reach reach = ReachOf(values, group, 32);
      widest = std::max(widest, reach.most - reach.least);
      lowest = std::max(lowest, -reach.least);
    }
    for (std::size_t i = block; i < block + 256; ++i) {
      const Reach reach = ReachOf(values, i - i % 32, 32);
      const float minimum_step = lowest / 63.0F * 1.002F + 0x1p-24F;
      const float scale_step = (widest + minimum_step) / 15.0F / 63.0F * 1.002F + 0x1p-24F;
      const float step = (reach.most - reach.least + minimum_step) / 15.0F + scale_step;
      ASSERT_LE(std::fabs(back[i] - values[i]), step * 0.5001F) << i;
    }
  }
}

TEST(Quantize, KeepsQ6KWithinHalfAStep) {
  const std::vector<float> values = Draws(1 << 18, 3);
  const std::vector<float> back = ThereAndBack(Dtype::kQ6_K, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float of_block = ReachOf(values, i - i % 256, 256).magnitude / 31.0F;
    const float of_group = ReachOf(values, i - i % 16, 16).magnitude / 31.0F;
    const float step = of_group + of_block / 127.0F * 1.002F + 0x1p-24F;
    ASSERT_LE(std::fabs(back[i] - values[i]), step * 0.5001F) << i;
  }
}

TEST(Quantize, RoundsAprTypesToTheNearestMultipleOfTheirScale) {
  const std::vector<float> values = Ramp();
  const std::vector<float> in_4_bits = ThereAndBack(Dtype::kAprQ4, values);
  const std::vector<float> in_8_bits = ThereAndBack(Dtype::kAprQ8, values);
  const float fourth = 5.375F / 7.0F;
  const float eighth = 5.375F / 127.0F;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(in_4_bits[i], std::round(values[i] / fourth) * FromHalf(ToHalf(fourth))) << i;
    EXPECT_EQ(in_8_bits[i], std::round(values[i] / eighth) * eighth) << i;
  }
}

TEST(Quantize, FillsUpTheLastBlockOfAprQ4WithZeroBytes) {
  const std::vector<float> values(35, -7.0F);  // code 1 of scale 1
  const std::string one_block = "003c" + std::string(32, '1');
  EXPECT_EQ(Hex(Quantized(Dtype::kAprQ4, values)), one_block + "003c1101" + std::string(28, '0'));
}

TEST(Quantize, MakesZeroOfZeros) {
  const std::vector<float> zeros(256, 0.0F);
  for (const Dtype dtype : kQuantized) {
    EXPECT_EQ(ThereAndBack(dtype, zeros), zeros) << Traits(dtype).name;
  }
}

TEST(Quantize, KeepsBlocksOfOneValue) {
  for (const float value : {-3.0F, 3.0F}) {
    const std::vector<float> values(256, value);
    for (const Dtype dtype : kQuantized) {
      for (const float back : ThereAndBack(dtype, values)) {
        ASSERT_NEAR(back, value, 0.01F) << Traits(dtype).name;
      }
    }
  }
}

TEST(Quantize, StaysFiniteWhereAScaleOfKWouldNot) {
  for (const Dtype dtype : {Dtype::kQ4_K, Dtype::kQ6_K}) {
    for (const float huge : {1e30F, -1e30F}) {
      for (const float back : ThereAndBack(dtype, std::vector<float>(256, huge))) {
        ASSERT_TRUE(std::isfinite(back)) << Traits(dtype).name;
        ASSERT_GT(back * huge, 0.0F) << Traits(dtype).name;
      }
    }
  }
}

TEST(Quantize, KnowsTheseTypesOnly) {
  const std::set<Dtype> known(std::begin(kQuantized), std::end(kQuantized));
  for (int i = 0; i <= static_cast<int>(Dtype::kAprQ8); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    EXPECT_EQ(CanQuantize(dtype), known.contains(dtype)) << Traits(dtype).name;
  }
}

}  // namespace
}  // namespace falsify::loaders
