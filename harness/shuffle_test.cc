#include "harness/shuffle.h"

#include <algorithm>
#include <map>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

TEST(Permutation, HoldsEveryIndexOnce) {
  std::vector<std::size_t> order = Permutation(50, 1, 2, 3);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
  EXPECT_TRUE(Permutation(0, 1, 2, 3).empty());
}

TEST(Permutation, DependsOnEachOfItsArguments) {
  const auto base = Permutation(50, 1, 2, 3);
  EXPECT_EQ(Permutation(50, 1, 2, 3), base);
  EXPECT_NE(Permutation(50, 2, 2, 3), base);
  EXPECT_NE(Permutation(50, 1, 3, 3), base);
  EXPECT_NE(Permutation(50, 1, 2, 4), base);
  EXPECT_NE(Permutation(50, 1 + (std::uint64_t{1} << 40), 2, 3), base);
}

// The draw is what makes a comparison exact under drift: all six orders of three, equally often.
TEST(Permutation, IsUniform) {
  std::map<std::vector<std::size_t>, int> seen;
  constexpr int kDraws = 12000;
  for (int i = 0; i < kDraws; ++i) ++seen[Permutation(3, 9, static_cast<std::uint64_t>(i), 0)];
  ASSERT_EQ(seen.size(), 6U);
  double chi_squared = 0;
  for (const auto& [order, count] : seen) {
    const double off = count - kDraws / 6.0;
    chi_squared += off * off / (kDraws / 6.0);
  }
  EXPECT_LT(chi_squared, 20.5);  // 0.1 % point at 5 degrees of freedom
}

}  // namespace
}  // namespace falsify::harness
