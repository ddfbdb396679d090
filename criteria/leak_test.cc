#include "criteria/leak.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

TEST(GrowthPerCycle, IsTheSlopeOfASteadyLeak) {
  EXPECT_EQ(GrowthPerCycle(std::vector<double>{0, 0, 0, 100, 104, 108, 112}), 4);
  EXPECT_EQ(GrowthPerCycle(std::vector<double>{9, 9, 9, 7, 5, 3}), -2);
}

TEST(GrowthPerCycle, LeavesOutTheWarmUp) {
  EXPECT_EQ(GrowthPerCycle(std::vector<double>{0, 50, 90, 100, 100, 100, 100}), 0);
}

TEST(GrowthPerCycle, IsNotMovedByAnOddCycle) {
  std::vector<double> held;
  for (int cycle = 0; cycle < 20; ++cycle) held.push_back(1000 + 8 * cycle);
  held[9] = 1e9;
  held[15] = 0;
  EXPECT_EQ(GrowthPerCycle(held), 8);
}

TEST(GrowthPerCycle, SeesALeakThatComesInSteps) {
  // A page every fourth cycle.
  std::vector<double> held;
  for (int cycle = 0; cycle < 40; ++cycle) held.push_back(4096.0 * std::floor(cycle / 4.0));
  EXPECT_NEAR(GrowthPerCycle(held).value(), 1024, 64);
}

TEST(GrowthPerCycle, TakesTheMiddleOfAnEvenNumberOfSlopes) {
  // 0, 2, 2, 10 beyond the warm-up: slopes 0, 1, 2, 10/3, 4, 8.
  EXPECT_NEAR(GrowthPerCycle(std::vector<double>{5, 5, 5, 0, 2, 2, 10}).value(), 8.0 / 3, 1e-12);
}

TEST(GrowthPerCycle, NeedsTwoCyclesBeyondTheWarmUp) {
  EXPECT_EQ(GrowthPerCycle({}), std::nullopt);
  EXPECT_EQ(GrowthPerCycle(std::vector<double>{1, 2, 3, 4}), std::nullopt);
  EXPECT_EQ(GrowthPerCycle(std::vector<double>{1, 2, 3, 4, 7}), 3);
}

TEST(GrowthPerCycle, IsUnknownIfAValueIs) {
  EXPECT_EQ(GrowthPerCycle(std::vector<double>{0, 0, 0, 1, std::nan(""), 3}), std::nullopt);
}

}  // namespace
}  // namespace falsify::criteria
