#include "criteria/median_interval.h"

#include <vector>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

std::vector<double> Counting(int n) {
  std::vector<double> values;
  for (int i = 1; i <= n; ++i) values.push_back(i);
  return values;
}

TEST(MedianInterval, NeedsFiveValues) {
  EXPECT_FALSE(MedianIntervalOf({}).has_value());
  EXPECT_FALSE(MedianIntervalOf(Counting(4)).has_value());
}

TEST(MedianInterval, SpansEverythingAtFive) {
  const auto interval = MedianIntervalOf(Counting(5));
  ASSERT_TRUE(interval.has_value());
  EXPECT_EQ(interval->low, 1);
  EXPECT_EQ(interval->high, 5);
  EXPECT_DOUBLE_EQ(interval->confidence, 0.9375);
}

// Conover, Practical Nonparametric Statistics: for n = 20 the 6th and 15th values hold the median
// with 0.9586, the 7th and 14th with only 0.8847.
TEST(MedianInterval, MatchesThePublishedRanksAtTwenty) {
  const auto interval = MedianIntervalOf(Counting(20));
  ASSERT_TRUE(interval.has_value());
  EXPECT_EQ(interval->low, 6);
  EXPECT_EQ(interval->high, 15);
  EXPECT_NEAR(interval->confidence, 0.9586, 5e-5);
}

TEST(MedianOf, AveragesTheMiddlePair) {
  EXPECT_EQ(MedianOf(Counting(5)), 3);
  EXPECT_EQ(MedianOf(Counting(6)), 3.5);
  EXPECT_EQ(MedianOf(Counting(1)), 1);
}

}  // namespace
}  // namespace falsify::criteria
