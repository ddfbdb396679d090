#include "harness/workloads/disturb.h"

#include <array>
#include <bit>
#include <cstring>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

template <class T>
loaders::TensorView ViewOf(const std::vector<T>& values, loaders::Dtype dtype,
                           std::span<const std::uint64_t> shape) {
  return {.name = "t", .dtype = dtype, .shape = shape, .bytes = std::as_bytes(std::span(values))};
}

TEST(Disturbed, NegatesEveryFloat) {
  const std::vector<float> values = {1.5F, -2.0F, 0.25F};
  const std::array<std::uint64_t, 1> shape = {3};
  const auto bytes = Disturbed(ViewOf(values, loaders::Dtype::kF32, shape));
  std::array<float, 3> changed{};
  ASSERT_EQ(bytes.size(), sizeof changed);
  std::memcpy(changed.data(), bytes.data(), bytes.size());
  EXPECT_EQ(changed, (std::array<float, 3>{-1.5F, 2.0F, -0.25F}));
}

TEST(Disturbed, NegatesHalfPrecision) {
  const std::vector<std::uint16_t> ones = {0x3F80, 0x3F80};  // 1.0 in BF16
  const std::array<std::uint64_t, 1> shape = {2};
  const auto bytes = Disturbed(ViewOf(ones, loaders::Dtype::kBF16, shape));
  EXPECT_EQ(bytes, (std::vector<std::byte>{std::byte{0x80}, std::byte{0xBF}, std::byte{0x80},
                                           std::byte{0xBF}}));
}

TEST(Disturbed, MovesEveryRowOfBlocks) {
  std::vector<std::uint8_t> blocks(3 * 34);  // three rows of one Q8_0 block
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = static_cast<std::uint8_t>(i / 34);
  const std::array<std::uint64_t, 2> shape = {3, 32};
  const auto bytes = Disturbed(ViewOf(blocks, loaders::Dtype::kQ8_0, shape));
  EXPECT_EQ(bytes[0], std::byte{1});
  EXPECT_EQ(bytes[34], std::byte{2});
  EXPECT_EQ(bytes[68], std::byte{0});
}

TEST(Disturbed, OfNothingIsNothing) {
  const std::vector<float> none;
  const std::array<std::uint64_t, 2> shape = {0, 4};
  EXPECT_TRUE(Disturbed(ViewOf(none, loaders::Dtype::kF32, shape)).empty());
}

}  // namespace
}  // namespace falsify::harness
