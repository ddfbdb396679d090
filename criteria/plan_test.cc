#include "criteria/plan.h"

#include <limits>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

Claim Below(double quantile) { return {.threshold = 2, .quantile = quantile}; }

TEST(FewestBlocksToPass, GivesTheTabulatedFigures) {
  const auto fewest = [](double quantile, int violations) {
    return FewestBlocksToPass(Below(quantile), /*beta=*/0.05, /*min_blocks=*/1, violations);
  };
  const struct {
    double quantile;
    int none;
    int one;
  } table[] = {{0.5, 5, 12},  {0.75, 12, 28},  {0.8, 16, 36},
               {0.9, 33, 75}, {0.95, 68, 153}, {0.99, 343, 777}};
  for (const auto& row : table) {
    EXPECT_EQ(fewest(row.quantile, 0), row.none) << row.quantile;
    EXPECT_EQ(fewest(row.quantile, 1), row.one) << row.quantile;
  }
}

TEST(FewestBlocksToPass, IsMirroredForAbove) {
  const Claim above = {.form = Form::kAbove, .threshold = 2, .quantile = 0.1};
  EXPECT_EQ(FewestBlocksToPass(above, 0.05, 1, 0), 33);
}

TEST(FewestBlocksToPass, IsNeverLessThanTheMinimum) {
  EXPECT_EQ(FewestBlocksToPass(Below(0.5), 0.05, 9, 0), 9);
  EXPECT_EQ(FewestBlocksToPass(Below(0.5), 0.05, 9, 1), 12);
}

TEST(FewestBlocksToPass, SaysSoIfNoStudyCouldBeLongEnough) {
  EXPECT_EQ(FewestBlocksToPass(Below(1 - 1e-9), 0.05, 5, 0), std::numeric_limits<int>::max());
}

TEST(FewestBlocksToFalsify, GrowsWithTheLeavesOfTheStudy) {
  const auto fewest = [](int leaves) {
    return FewestBlocksToFalsify(Below(0.5), /*alpha=*/0.05, leaves, /*min_blocks=*/1);
  };
  EXPECT_EQ(fewest(1), 5);
  EXPECT_EQ(fewest(2), 6);
  EXPECT_EQ(fewest(3), 7);
  for (int leaves = 4; leaves <= 7; ++leaves) EXPECT_EQ(fewest(leaves), 8) << leaves;
  for (int leaves = 8; leaves <= 15; ++leaves) EXPECT_EQ(fewest(leaves), 9) << leaves;
}

TEST(FewestBlocksToFalsify, IsNeverLessThanTheMinimum) {
  EXPECT_EQ(FewestBlocksToFalsify(Below(0.95), 0.05, 1, 1), 2);
  EXPECT_EQ(FewestBlocksToFalsify(Below(0.95), 0.05, 1, 5), 5);
}

Stream Seen(int n, int violations, double need = 20) {
  return {.n = n, .violations = violations, .need = need};
}

TEST(BlocksStillNeeded, FollowsTheRateSeen) {
  // (ln 20 + 2) / ln 2 = 7.2;  KL(1/4 || 1/2) = 0.130812, 38.19;  KL(3/4 || 1/2) the same, need 80.
  EXPECT_EQ(BlocksStillNeeded(Seen(4, 0), Seen(4, 0), 0.5), 8);
  EXPECT_EQ(BlocksStillNeeded(Seen(20, 5), Seen(20, 5), 0.5), 39);
  EXPECT_EQ(BlocksStillNeeded(Seen(20, 15, 80), Seen(20, 15), 0.5), 49);
  EXPECT_EQ(BlocksStillNeeded(Seen(4, 4), Seen(4, 4), 0.5), 8);
}

TEST(BlocksStillNeeded, IsUnknownIfTheRatePointsNowhere) {
  EXPECT_EQ(BlocksStillNeeded(Seen(0, 0), Seen(0, 0), 0.5), std::nullopt);
  EXPECT_EQ(BlocksStillNeeded(Seen(8, 4), Seen(8, 4), 0.5), std::nullopt);
  EXPECT_EQ(BlocksStillNeeded(Seen(8, 0), Seen(8, 8), 0.5), std::nullopt) << "all censored early";
  EXPECT_EQ(BlocksStillNeeded(Seen(20, 1), Seen(20, 1), 1 - 0.95), std::nullopt)
      << "at the allowed rate up to rounding";
}

}  // namespace
}  // namespace falsify::criteria
