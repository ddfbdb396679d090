#include "loaders/bytes.h"

#include <cstdint>
#include <limits>
#include <optional>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

TEST(CheckedAdd, IsEmptyRatherThanWrapped) {
  EXPECT_EQ(CheckedAdd(kMost - 1, 1), kMost);
  EXPECT_EQ(CheckedAdd(kMost, 1), std::nullopt);
  EXPECT_EQ(CheckedAdd(kMost, kMost), std::nullopt);
}

TEST(CheckedMultiply, IsEmptyRatherThanWrapped) {
  EXPECT_EQ(CheckedMultiply(kMost, 1), kMost);
  EXPECT_EQ(CheckedMultiply(kMost, 0), 0U);
  EXPECT_EQ(CheckedMultiply(1ULL << 32, 1ULL << 32), std::nullopt);
  EXPECT_EQ(CheckedMultiply((1ULL << 32) - 1, (1ULL << 32) + 1), kMost);
}

TEST(CheckedAlign, RoundsUpAndLeavesMultiplesAlone) {
  EXPECT_EQ(CheckedAlign(0, 64), 0U);
  EXPECT_EQ(CheckedAlign(1, 64), 64U);
  EXPECT_EQ(CheckedAlign(64, 64), 64U);
  EXPECT_EQ(CheckedAlign(65, 64), 128U);
  EXPECT_EQ(CheckedAlign(10, 3), 12U);
}

TEST(CheckedAlign, IsEmptyRatherThanWrapped) {
  EXPECT_EQ(CheckedAlign(kMost, 64), std::nullopt);
  EXPECT_EQ(CheckedAlign(kMost - 63, 64), kMost - 63);
}

}  // namespace
}  // namespace falsify::loaders
