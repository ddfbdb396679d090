#include "criteria/estimate.h"

#include <cmath>
#include <vector>

#include "criteria/testing.h"
#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

using testing::AtLeast;
using testing::AtMost;
using testing::Disturbed;
using testing::Failed;
using testing::kInfinity;
using testing::Plain;

Claim Below(double quantile) { return {.threshold = 1000, .quantile = quantile}; }
Claim Above(double quantile) {
  return {.form = Form::kAbove, .threshold = 1, .quantile = quantile};
}

std::vector<BlockValue> OneTo(int n) {
  std::vector<BlockValue> blocks;
  for (int i = n; i >= 1; --i) blocks.push_back(Plain(i));
  return blocks;
}

TEST(Estimate, IsTheMiddleOrBetweenTheMiddleTwo) {
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, OneTo(5)).value, 3);
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, OneTo(6)).value, 3.5);
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, OneTo(1)).value, 1);
}

TEST(Estimate, IsTheQuantileAskedForWhicheverTheSide) {
  for (const auto& claim_of : {Below, Above}) {
    EXPECT_EQ(EstimateQuantile(claim_of(0.9), {}, OneTo(33)).value, 30) << "h = 29.7";
    EXPECT_EQ(EstimateQuantile(claim_of(0.9), {}, OneTo(10)).value, 9.5) << "h = 9";
    EXPECT_EQ(EstimateQuantile(claim_of(0.1), {}, OneTo(10)).value, 1.5) << "h = 1";
    EXPECT_EQ(EstimateQuantile(claim_of(0.05), {}, OneTo(10)).value, 1) << "h = 0.5";
    EXPECT_EQ(EstimateQuantile(claim_of(0.99), {}, OneTo(10)).value, 10) << "h = 9.9";
  }
}

TEST(Estimate, IsNotMovedByTheRoundingOfNTimesQ) {
  EXPECT_EQ(EstimateQuantile(Below(0.29), {}, OneTo(100)).value, 29.5) << "h = 28.999999999999996";
  EXPECT_EQ(EstimateQuantile(Below(0.07), {}, OneTo(100)).value, 7.5) << "h = 7.000000000000001";
}

TEST(Estimate, LeavesOutFailedAndDisturbedBlocks) {
  std::vector<BlockValue> blocks = OneTo(5);
  blocks.push_back(Failed());
  blocks.push_back(Disturbed(100));
  blocks.push_back(Disturbed(100));
  Claim time = Below(0.5);
  time.noise_sensitive = true;
  EXPECT_EQ(EstimateQuantile(time, {}, blocks).value, 3);
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, blocks).value, 4) << "bytes are never disturbed";
}

TEST(Estimate, IsAtLeastTheValueIfTimeoutsReachIt) {
  const std::vector<BlockValue> few = {Plain(1), Plain(2), Plain(3), AtLeast(60), AtLeast(60)};
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, few).value, 3);
  EXPECT_FALSE(EstimateQuantile(Below(0.5), {}, few).value_at_least);
  const std::vector<BlockValue> many = {Plain(1), Plain(2), AtLeast(60), AtLeast(60), AtLeast(60)};
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, many).value, 60);
  EXPECT_TRUE(EstimateQuantile(Below(0.5), {}, many).value_at_least);
}

TEST(Estimate, IsAtLeastNoughtIfRatesAreOnlyBoundedFromAbove) {
  const Estimate estimate = EstimateQuantile(Above(0.5), {}, std::vector(5, AtMost(4)));
  EXPECT_EQ(estimate.value, 0);
  EXPECT_TRUE(estimate.value_at_least);
}

TEST(Estimate, IsAbsentIfInfinite) {
  const std::vector<BlockValue> blocks(5, BlockValue{.x = {kInfinity, kInfinity}});
  const Estimate estimate = EstimateQuantile(Below(0.5), {}, blocks);
  EXPECT_EQ(estimate.value, std::nullopt);
  EXPECT_FALSE(estimate.value_at_least);
  EXPECT_EQ(estimate.low, std::nullopt);
  EXPECT_EQ(estimate.high, std::nullopt);
}

TEST(Estimate, HasNoIntervalBeforeAnythingCouldBeDecided) {
  const Estimate estimate = EstimateQuantile(Below(0.5), {}, OneTo(4));
  EXPECT_EQ(estimate.value, 2.5);
  EXPECT_EQ(estimate.low, std::nullopt);
  EXPECT_EQ(estimate.high, std::nullopt);
}

TEST(Estimate, BoundsAMedianByTheOrderStatisticsThatDecide) {
  // 20 blocks: 3 violations still PASS, so 17 falsify.
  const Estimate below = EstimateQuantile(Below(0.5), {}, OneTo(20));
  EXPECT_EQ(below.low, 4);
  EXPECT_EQ(below.high, 17);
  const Estimate above = EstimateQuantile(Above(0.5), {}, OneTo(20));
  EXPECT_EQ(above.low, 4);
  EXPECT_EQ(above.high, 17);
}

TEST(Estimate, BoundsATailOnOneSideSooner) {
  // p0 = 0.1: 3 of 20 blocks cannot falsify, all clean cannot PASS before 33.
  const Estimate early = EstimateQuantile(Below(0.9), {}, OneTo(20));
  EXPECT_NE(early.low, std::nullopt);
  EXPECT_EQ(early.high, std::nullopt);
  EXPECT_EQ(EstimateQuantile(Below(0.9), {}, OneTo(33)).high, 33);
  const Estimate mirrored = EstimateQuantile(Above(0.1), {}, OneTo(33));
  EXPECT_EQ(mirrored.low, 1);
}

TEST(Estimate, WidensTheLowerBoundWithTheLeavesOnly) {
  const Estimate estimate = EstimateQuantile(Below(0.5), {.leaves = 20}, OneTo(20));
  EXPECT_LT(estimate.low, 4);
  EXPECT_EQ(estimate.high, 17);
  EXPECT_NEAR(estimate.confidence, 1 - 0.0025 - 0.05, 1e-12);
}

TEST(Estimate, TakesLowFromWhatIsCertainAndHighFromWhatIsPossible) {
  std::vector<BlockValue> blocks;
  for (int i = 1; i <= 5; ++i) blocks.push_back({.x = {1.0 * i, 10.0 * i}});
  const Estimate below = EstimateQuantile(Below(0.5), {}, blocks);
  EXPECT_EQ(below.low, 1);
  EXPECT_EQ(below.high, 50);
  blocks.push_back(Failed());
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, blocks).low, std::nullopt);
  EXPECT_EQ(EstimateQuantile(Below(0.5), {}, blocks).high, std::nullopt);
}

TEST(Estimate, HasNoNegativeZero) {
  const Estimate estimate = EstimateQuantile(Above(0.5), {}, std::vector(5, Plain(0)));
  EXPECT_FALSE(std::signbit(estimate.low.value()));
  EXPECT_FALSE(std::signbit(estimate.high.value()));
}

}  // namespace
}  // namespace falsify::criteria
