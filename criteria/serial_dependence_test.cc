#include "criteria/serial_dependence.h"

#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

TEST(BartelsZ, GivesThePublishedFigure) {
  // Gibbons and Chakraborti, Nonparametric Statistical Inference, 4th ed., example 5.1.
  const std::vector<double> tourists = {12362, 12739, 13057, 13955, 14123, 15698, 17523,
                                        18610, 19842, 20310, 22500, 23080, 21916};
  EXPECT_NEAR(BartelsZ(tourists).value(), -3.6453, 5e-5);
}

TEST(BartelsZ, SharesRanksAmongEqualValues) {
  // Ranks 1.5 1.5 3.5 3.5: steps 0 + 4 + 0, spread 4, ratio 1; variance 4*2*63 / (5*4*5*9) = 0.56.
  EXPECT_NEAR(BartelsZ(std::vector<double>{7, 7, 9, 9}).value(), -1.336306, 5e-7);
}

TEST(BartelsZ, DependsOnRanksAlone) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(BartelsZ(std::vector<double>{1, 4, 2, 3}),
            BartelsZ(std::vector<double>{-infinity, infinity, 0.1, 1e9}));
}

TEST(BartelsZ, IsUnknownWithoutDifferentValues) {
  EXPECT_EQ(BartelsZ({}), std::nullopt);
  EXPECT_EQ(BartelsZ(std::vector<double>{1, 2}), std::nullopt);
  EXPECT_EQ(BartelsZ(std::vector<double>(30, 1.0)), std::nullopt);
}

std::vector<double> Rising(int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(i);
  return values;
}

std::vector<double> Alternating(int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(i % 2 == 0 ? i : 1000 - i);
  return values;
}

TEST(SerialDependenceP, IsSmallForADriftAndLargeForAnAlternation) {
  EXPECT_LT(SerialDependenceP(Rising(20)).value(), 1e-4);
  EXPECT_GT(SerialDependenceP(Alternating(20)).value(), 0.99);
}

TEST(SerialDependenceP, NeedsTwentyValues) {
  EXPECT_EQ(SerialDependenceP(Rising(19)), std::nullopt);
  EXPECT_NE(SerialDependenceP(Rising(20)), std::nullopt);
  EXPECT_EQ(SerialDependenceP(std::vector<double>(20, 1.0)), std::nullopt);
}

TEST(SerialDependenceP, WarnsOfOneIndependentSeriesInAHundred) {
  std::mt19937_64 random(20240501);
  const int series = 20000;
  int below_one_percent = 0;
  int below_half = 0;
  for (int i = 0; i < series; ++i) {
    std::vector<double> values;
    for (int j = 0; j < 30; ++j) values.push_back(static_cast<double>(random() >> 11));
    const double p = SerialDependenceP(values).value();
    below_one_percent += p < 0.01 ? 1 : 0;
    below_half += p < 0.5 ? 1 : 0;
  }
  EXPECT_NEAR(below_one_percent, 0.01 * series, 0.003 * series);
  EXPECT_NEAR(below_half, 0.5 * series, 0.015 * series);
}

}  // namespace
}  // namespace falsify::criteria
