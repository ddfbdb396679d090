#include "harness/decoder/vector_ops.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "hwy/highway.h"

namespace falsify::harness {
namespace {

// Every instruction set this processor has, one after the other.
class VectorOps : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

std::vector<float> Normal(std::size_t count, float scale = 1.0F) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0F, scale);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

float FromBf16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

TEST_P(VectorOps, NormsEachLaneByItself) {
  for (const std::size_t rows : {1U, 4U, 7U}) {
    const std::size_t lanes = 32;
    const std::vector<float> x = Normal(rows * lanes);
    const std::vector<float> weight = Normal(rows);
    std::vector<float> out(rows * lanes);
    RmsNorm(x.data(), weight, 0.5F, lanes, out.data());
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      double squares = 0.0;
      for (std::size_t row = 0; row < rows; ++row) {
        squares += std::pow(static_cast<double>(x[row * lanes + lane]), 2);
      }
      const double size = std::sqrt(squares / static_cast<double>(rows) + 0.5);
      for (std::size_t row = 0; row < rows; ++row) {
        const double expected =
            static_cast<double>(x[row * lanes + lane]) / size * static_cast<double>(weight[row]);
        EXPECT_NEAR(static_cast<double>(out[row * lanes + lane]), expected, 1e-6);
      }
    }
  }
}

TEST_P(VectorOps, SplitsIntoPiecesThatAddUpToSeventeenBits) {
  const std::size_t rows = 3;
  const std::size_t stride = 48;
  const std::size_t lanes = 32;
  const std::vector<float> x = Normal(rows * stride, 100.0F);
  std::vector<std::uint16_t> pieces(rows * 2 * lanes);
  SplitPieces(x.data(), rows, stride, lanes, pieces.data());
  std::vector<float> wide;
  for (const std::uint16_t piece : pieces) wide.push_back(FromBf16(piece));
  std::vector<float> sums(rows * stride, -1.0F);
  AddPieces(wide.data(), rows, lanes, stride, sums.data());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t lane = 0; lane < stride; ++lane) {
      const float value = x[row * stride + lane];
      const float expected = lane < lanes ? value : -1.0F;
      EXPECT_LE(std::abs(sums[row * stride + lane] - expected), std::abs(value) / 131072.0F);
    }
    // High pieces of a block come first: a test of sums alone would not see them swapped.
    EXPECT_NEAR(wide[row * 2 * lanes + 16], 0.0F, std::abs(x[row * stride]) / 128.0F);
  }
}

TEST_P(VectorOps, KeepsEveryNanWhenSplitting) {
  std::vector<float> x(kLaneBlock, std::bit_cast<float>(0x7FFFFFFFU));
  x[1] = std::bit_cast<float>(0xFF800001U);
  x[2] = std::numeric_limits<float>::quiet_NaN();
  std::vector<std::uint16_t> pieces(2 * kLaneBlock);
  SplitPieces(x.data(), 1, kLaneBlock, kLaneBlock, pieces.data());
  for (const std::uint16_t piece : pieces) EXPECT_TRUE(std::isnan(FromBf16(piece))) << piece;
}

TEST_P(VectorOps, NarrowsOnlyWhatLosesNothing) {
  for (const std::size_t count : {1U, 15U, 16U, 1023U, 1024U, 3001U}) {
    std::vector<std::uint32_t> bits(count);
    for (std::size_t i = 0; i < count; ++i)
      bits[i] = static_cast<std::uint32_t>(i * 2654435761U) << 16;
    std::vector<std::byte> shifted(count * 4 + 1);
    std::vector<std::uint16_t> out(count);
    std::memcpy(shifted.data() + 1, bits.data(), count * 4);
    ASSERT_TRUE(NarrowIfExact(shifted.data() + 1, count, out.data())) << count;
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(out[i], bits[i] >> 16);
    for (const std::size_t at : {std::size_t{0}, count / 2, count - 1}) {
      for (const unsigned bit : {0U, 15U}) {
        shifted[1 + at * 4 + bit / 8] ^= std::byte{static_cast<unsigned char>(1U << (bit % 8))};
        EXPECT_FALSE(NarrowIfExact(shifted.data() + 1, count, out.data())) << at << " " << bit;
        shifted[1 + at * 4 + bit / 8] ^= std::byte{static_cast<unsigned char>(1U << (bit % 8))};
      }
    }
  }
}

TEST_P(VectorOps, AddsBiasesAndResiduals) {
  std::vector<float> x(2 * kLaneBlock, 1.0F);
  AddBias(std::vector<float>{0.5F, -3.0F}, kLaneBlock, x.data());
  EXPECT_EQ(x[0], 1.5F);
  EXPECT_EQ(x[15], 1.5F);
  EXPECT_EQ(x[16], -2.0F);
  const std::vector<float> more = Normal(2 * kLaneBlock);
  AddInto(more.data(), more.size(), x.data());
  EXPECT_EQ(x[3], 1.5F + more[3]);
  EXPECT_EQ(x[31], -2.0F + more[31]);
}

TEST_P(VectorOps, OpensAndShutsGates) {
  std::vector<float> gate = Normal(kLaneBlock, 4.0F);
  gate[0] = -200.0F;
  gate[1] = 200.0F;
  gate[2] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> up = Normal(kLaneBlock);
  std::vector<float> out(kLaneBlock);
  SwiGlu(gate.data(), up.data(), kLaneBlock, out.data());
  EXPECT_NEAR(out[0], 0.0F, 1e-30F);
  EXPECT_EQ(out[1], 200.0F * up[1]);
  EXPECT_TRUE(std::isnan(out[2]));
  for (std::size_t i = 3; i < kLaneBlock; ++i) {
    const auto g = static_cast<double>(gate[i]);
    const double expected = g / (1.0 + std::exp(-g)) * static_cast<double>(up[i]);
    EXPECT_NEAR(static_cast<double>(out[i]), expected, 2e-6 * std::abs(expected));
  }
}

std::vector<std::int64_t> Targets() {
  std::vector<std::int64_t> targets;
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    if ((left & -left & HWY_TARGETS) != 0) targets.push_back(left & -left);
  }
  return targets;
}

INSTANTIATE_TEST_SUITE_P(Targets, VectorOps, testing::ValuesIn(Targets()),
                         [](const auto& param) { return hwy::TargetName(param.param); });

}  // namespace
}  // namespace falsify::harness
