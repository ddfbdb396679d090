#include "criteria/criterion.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "criteria/testing.h"
#include "gmock/gmock.h"

namespace falsify::criteria {
namespace {

using testing::AtLeast;
using testing::AtMost;
using testing::Disturbed;
using ::testing::ElementsAre;
using testing::Failed;
using testing::FromBits;
using ::testing::IsEmpty;
using testing::kInfinity;
using testing::MedianTimeBelow;
using testing::Plain;

constexpr double kSixDecimals = 5e-7;

/// Bytes: nothing is ever set aside.
Claim Below(double threshold, double quantile = 0.5) {
  return {.threshold = threshold, .quantile = quantile};
}
Claim Above(double threshold, double quantile = 0.5) {
  return {.form = Form::kAbove, .threshold = threshold, .quantile = quantile};
}

/// Evidence after each of `bits`, with needs too high for any verdict.
struct Wealth {
  std::vector<double> falsify;
  std::vector<double> corroborate;
};
Wealth WealthAfterEach(std::string_view bits, double quantile) {
  const Rules never = {.alpha = 1e-9, .beta = 1e-9, .max_blocks = 2000};
  Wealth wealth;
  for (std::size_t n = 1; n <= bits.size(); ++n) {
    const Judgement judgement = Judge(Below(2, quantile), never, FromBits(bits.substr(0, n)));
    wealth.falsify.push_back(judgement.falsify.e);
    wealth.corroborate.push_back(judgement.corroborate.e);
  }
  return wealth;
}

void ExpectNear(const std::vector<double>& actual, const std::vector<double>& expected) {
  EXPECT_THAT(actual, ::testing::Pointwise(::testing::DoubleNear(kSixDecimals), expected));
}

TEST(Judge, GivesTheWealthComputedElsewhere) {
  const Wealth all = WealthAfterEach("11111", 0.5);
  ExpectNear(all.falsify, {1.750000, 3.166667, 5.875000, 11.100000, 21.250000});
  ExpectNear(all.corroborate, {0.250000, 0.166667, 0.125000, 0.100000, 0.083333});
  ExpectNear(WealthAfterEach("1101111111", 0.5).falsify,
             {1.750000, 3.166667, 0.458333, 0.650000, 0.950000, 1.428571, 2.205357, 3.486111,
              5.627778, 9.254545});
  ExpectNear(WealthAfterEach("010000000000", 0.5).corroborate,
             {1.750000, 0.333333, 0.458333, 0.650000, 0.950000, 1.428571, 2.205357, 3.486111,
              5.627778, 9.254545, 15.465909, 26.211538});
  const Wealth tail = WealthAfterEach("0010110", 0.95);
  ExpectNear(tail.falsify,
             {0.250000, 0.166667, 0.958333, 0.600000, 4.083333, 35.071429, 18.455357});
  ExpectNear(tail.corroborate,
             {1.039474, 1.080794, 0.258887, 0.263508, 0.173385, 0.129017, 0.130404});
}

TEST(Judge, PassesAMedianAfterFiveBlocksBelow) {
  const Judgement judgement = Judge(Below(2), {}, Plain({1.16, 1.31, 1.12, 1.25, 1.19}));
  EXPECT_EQ(judgement.stop, Stop::kDecided);
  EXPECT_EQ(judgement.verdict, Verdict::kPass);
  EXPECT_EQ(judgement.blocks, 5);
  EXPECT_EQ(judgement.corroborate.n, 5);
  EXPECT_EQ(judgement.corroborate.violations, 0);
  EXPECT_EQ(judgement.corroborate.need, 20);
  EXPECT_EQ(judgement.estimate.value, 1.19);
  EXPECT_FALSE(judgement.estimate.value_at_least);
  EXPECT_EQ(judgement.estimate.low, 1.12);
  EXPECT_EQ(judgement.estimate.high, 1.31);
  EXPECT_NEAR(judgement.estimate.confidence, 0.9, 1e-12);
  EXPECT_NEAR(judgement.severity.value(), 0.952941, kSixDecimals);
  EXPECT_NEAR(judgement.p_upper, 0.493609, kSixDecimals);
  EXPECT_THAT(judgement.violating_blocks, IsEmpty());
  EXPECT_EQ(judgement.blocks_still_needed, std::nullopt);
}

TEST(Judge, PassesAMedianAfterFiveBlocksAbove) {
  const Judgement judgement = Judge(Above(20), {}, Plain({25, 26, 24, 27, 25.5}));
  EXPECT_EQ(judgement.verdict, Verdict::kPass);
  EXPECT_EQ(judgement.estimate.value, 25.5);
  EXPECT_EQ(judgement.estimate.low, 24);
  EXPECT_EQ(judgement.estimate.high, 27);
}

TEST(Judge, FalsifiesWithFiveTimeouts) {
  const Judgement judgement = Judge(Below(2), {}, std::vector(5, AtLeast(10)));
  EXPECT_EQ(judgement.verdict, Verdict::kFalsified);
  EXPECT_EQ(judgement.stop, Stop::kDecided);
  EXPECT_EQ(judgement.estimate.low, 10);
  EXPECT_EQ(judgement.estimate.high, std::nullopt);
  EXPECT_EQ(judgement.estimate.value, 10);
  EXPECT_TRUE(judgement.estimate.value_at_least);
  EXPECT_NEAR(judgement.severity.value(), 0.952941, kSixDecimals);
  EXPECT_EQ(judgement.p_upper, 1);
  EXPECT_THAT(judgement.violating_blocks, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Judge, NeedsMoreToFalsifyOneOfManyLeavesButNotToPass) {
  const Rules four_leaves = {.leaves = 4};
  const Judgement worst = Judge(Below(2), four_leaves, FromBits("1111111111"));
  EXPECT_EQ(worst.blocks, 8);
  EXPECT_EQ(worst.verdict, Verdict::kFalsified);
  EXPECT_EQ(worst.falsify.need, 80);
  EXPECT_NEAR(worst.estimate.confidence, 0.9375, 1e-12);
  EXPECT_EQ(Judge(Below(2), four_leaves, FromBits("0000000000")).blocks, 5);
}

TEST(Judge, LearnsNothingFromATimeoutShorterThanTheThreshold) {
  const std::vector<BlockValue> blocks(8, AtLeast(1));
  const Judgement judgement = Judge(Below(2), {}, blocks);
  EXPECT_EQ(judgement.stop, Stop::kUndecided);
  EXPECT_EQ(judgement.falsify.violations, 0);
  EXPECT_EQ(judgement.corroborate.violations, 8);
  EXPECT_THAT(judgement.violating_blocks, IsEmpty());
}

TEST(Judge, CountsEqualityAsAViolation) {
  EXPECT_EQ(Judge(Below(2), {}, std::vector(5, Plain(2))).verdict, Verdict::kFalsified);
  EXPECT_EQ(Judge(Above(2), {}, std::vector(5, Plain(2))).verdict, Verdict::kFalsified);
  EXPECT_EQ(Judge(Below(2), {}, std::vector(5, Plain(std::nextafter(2, 0)))).verdict,
            Verdict::kPass);
  EXPECT_EQ(Judge(Above(2), {}, std::vector(5, Plain(std::nextafter(2, 3)))).verdict,
            Verdict::kPass);
}

TEST(Judge, CountsATimeoutAtTheThresholdAsAViolation) {
  EXPECT_EQ(Judge(Below(2), {}, std::vector(5, AtLeast(2))).verdict, Verdict::kFalsified);
  EXPECT_EQ(Judge(Above(2), {}, std::vector(5, AtMost(2))).verdict, Verdict::kFalsified);
}

TEST(Judge, LearnsNothingFromARateBoundedAboveTheThreshold) {
  const Judgement judgement = Judge(Above(5), {}, std::vector(8, AtMost(9)));
  EXPECT_EQ(judgement.stop, Stop::kUndecided);
  EXPECT_EQ(judgement.falsify.violations, 0);
  EXPECT_EQ(judgement.corroborate.violations, 8);
}

TEST(Judge, PassesOnBoundsThatDoNotReachTheThreshold) {
  EXPECT_EQ(Judge(Below(5), {}, std::vector(5, AtMost(4))).verdict, Verdict::kPass);
  EXPECT_EQ(Judge(Above(5), {}, std::vector(5, AtLeast(6))).verdict, Verdict::kPass);
}

TEST(Judge, TreatsNaNAsNothingKnown) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Interval x : {Interval{nan, nan}, Interval{1, nan}, Interval{nan, 9}}) {
    for (const Claim& claim : {Below(2), Above(2)}) {
      const Judgement judgement = Judge(claim, {}, std::vector(8, BlockValue{.x = x}));
      EXPECT_EQ(judgement.stop, Stop::kUndecided);
      EXPECT_EQ(judgement.falsify.violations, 0);
      EXPECT_EQ(judgement.corroborate.violations, 8);
      EXPECT_EQ(judgement.estimate.value, std::nullopt);
    }
  }
}

TEST(Judge, HoldsBackUntilTheMinimum) {
  const Rules ten = {.min_blocks = 10};
  EXPECT_EQ(Judge(Below(2), ten, FromBits("000000000")).stop, Stop::kUndecided);
  EXPECT_EQ(Judge(Below(2), ten, FromBits("000000000000")).blocks, 10);
  EXPECT_EQ(Judge(Below(2), ten, FromBits("111111111")).stop, Stop::kUndecided);
  EXPECT_EQ(Judge(Below(2), ten, FromBits("111111111111")).blocks, 10);
}

TEST(Judge, CountsTheMinimumInTheStreamThatDecides) {
  Claim ratio = MedianTimeBelow(2);
  ratio.noise_only_hurts = false;
  std::vector<BlockValue> blocks = FromBits("11110000");
  for (BlockValue& block : blocks) block.disturbed = block.x.lo < 2;
  EXPECT_EQ(Judge(ratio, {.alpha = 0.25}, blocks).stop, Stop::kUndecided) << "e = 11.1, but n = 4";
  blocks.push_back(Plain(3));
  EXPECT_EQ(Judge(ratio, {.alpha = 0.25}, blocks).verdict, Verdict::kFalsified);
}

TEST(Judge, IsUndecidedWithoutBlocks) {
  const Judgement judgement = Judge(Below(2), {}, {});
  EXPECT_EQ(judgement.stop, Stop::kUndecided);
  EXPECT_EQ(judgement.blocks, 0);
  EXPECT_EQ(judgement.falsify.e, 1);
  EXPECT_EQ(judgement.corroborate.e, 1);
  EXPECT_EQ(judgement.p_upper, 1);
  EXPECT_EQ(judgement.estimate.value, std::nullopt);
  EXPECT_EQ(judgement.estimate.low, std::nullopt);
  EXPECT_EQ(judgement.estimate.high, std::nullopt);
}

TEST(Judge, OutOfTimeIsInconclusiveEvenWithoutBlocks) {
  for (const char* bits : {"", "0", "1010"}) {
    const Judgement judgement = Judge(Below(2), {}, FromBits(bits), Time::kOut);
    EXPECT_EQ(judgement.stop, Stop::kOutOfTime) << bits;
    EXPECT_EQ(judgement.verdict, Verdict::kInconclusive) << bits;
  }
}

TEST(Judge, OutOfTimeKeepsAVerdictAlreadyReached) {
  EXPECT_EQ(Judge(Below(2), {}, FromBits("00000"), Time::kOut).verdict, Verdict::kPass);
}

std::string Alternating(int n) {
  std::string bits;
  for (int i = 0; i < n; ++i) bits += i % 2 == 0 ? '0' : '1';
  return bits;
}

TEST(Judge, GivesUpOnceNothingCanDecideAnyMore) {
  EXPECT_EQ(Judge(Below(2), {}, FromBits(Alternating(37))).stop, Stop::kUndecided);
  const Judgement judgement = Judge(Below(2), {}, FromBits(Alternating(60)));
  EXPECT_EQ(judgement.stop, Stop::kHopeless);
  EXPECT_EQ(judgement.verdict, Verdict::kInconclusive);
  EXPECT_EQ(judgement.blocks, 38);
}

TEST(Judge, DoesNotGiveUpWhileEitherVerdictIsInReach) {
  const Rules rules = {.max_blocks = 12};
  EXPECT_EQ(Judge(Below(2), rules, FromBits("01000000000")).stop, Stop::kUndecided);
  EXPECT_EQ(Judge(Below(2), rules, FromBits("10111111111")).stop, Stop::kUndecided);
  EXPECT_EQ(Judge(Below(2), rules, FromBits("0110")).stop, Stop::kHopeless);
}

TEST(Judge, StopsAtTheLastBlock) {
  const Rules rules = {.max_blocks = 12};
  const Judgement judgement = Judge(Below(2), rules, FromBits("0100000000010"));
  EXPECT_EQ(judgement.stop, Stop::kMaxBlocks);
  EXPECT_EQ(judgement.verdict, Verdict::kInconclusive);
  EXPECT_EQ(judgement.blocks, 12);
}

TEST(Judge, IsInconclusiveAsSeverelyAsItGot) {
  const Judgement judgement = Judge(Below(2), {}, FromBits("0000"), Time::kOut);
  EXPECT_NEAR(judgement.severity.value(), 1 - 1 / 11.1, kSixDecimals);
  EXPECT_EQ(Judge(Below(2), {}, FromBits("1111"), Time::kOut).severity, 0);
  EXPECT_EQ(judgement.blocks_still_needed, 8);
}

TEST(Judge, ToleratesTwoFailuresOrATenth) {
  std::vector<BlockValue> blocks = FromBits(Alternating(30));
  blocks[0] = blocks[1] = Failed();
  EXPECT_EQ(Judge(Below(2), {}, blocks).stop, Stop::kUndecided);
  blocks[29] = Failed();
  EXPECT_EQ(Judge(Below(2), {}, blocks).stop, Stop::kUndecided) << "3 of 30";
  blocks[28] = Failed();
  const Judgement judgement = Judge(Below(2), {}, blocks);
  EXPECT_EQ(judgement.stop, Stop::kFailedTrials);
  EXPECT_EQ(judgement.verdict, Verdict::kError);
  EXPECT_EQ(judgement.blocks, 29) << "3 of 29";
  EXPECT_EQ(judgement.failed, 3);
  EXPECT_EQ(judgement.severity, std::nullopt);
}

TEST(Judge, LetsAFailureHelpNeitherVerdict) {
  for (const Claim& claim : {Below(2), Above(0.5)}) {
    const Judgement judgement = Judge(claim, {}, std::vector(2, Failed()));
    EXPECT_EQ(judgement.falsify.n, 2);
    EXPECT_EQ(judgement.falsify.violations, 0);
    EXPECT_EQ(judgement.corroborate.violations, 2);
    EXPECT_EQ(judgement.failed, 2);
    EXPECT_EQ(judgement.estimate.value, std::nullopt);
  }
}

TEST(Judge, SetsADisturbedBlockAsideFromFalsification) {
  std::vector<BlockValue> blocks = Plain({2.6, 4.1, 2.5, 2.7, 2.4, 2.8});
  blocks[1].disturbed = true;
  const Judgement judgement = Judge(MedianTimeBelow(2), {}, blocks);
  EXPECT_EQ(judgement.verdict, Verdict::kFalsified);
  EXPECT_EQ(judgement.blocks, 6);
  EXPECT_EQ(judgement.set_aside, 1);
  EXPECT_EQ(judgement.falsify.n, 5);
  EXPECT_EQ(judgement.corroborate.n, 6);
  EXPECT_EQ(judgement.estimate.low, 2.4);
  EXPECT_EQ(judgement.estimate.high, 4.1);
  EXPECT_EQ(judgement.estimate.value, 2.6) << "of the undisturbed";
  EXPECT_THAT(judgement.violating_blocks, ElementsAre(0, 2, 3, 4, 5));
}

TEST(Judge, SetsItAsideFromBothIfNoiseCouldAlsoHelp) {
  Claim ratio = MedianTimeBelow(2);
  ratio.noise_only_hurts = false;
  const Judgement judgement = Judge(ratio, {}, std::vector(6, Disturbed(1)));
  EXPECT_EQ(judgement.stop, Stop::kUndecided);
  EXPECT_EQ(judgement.set_aside, 6);
  EXPECT_EQ(judgement.falsify.n, 0);
  EXPECT_EQ(judgement.corroborate.n, 0);
}

TEST(Judge, PassesInSpiteOfNoiseThatCanOnlyHurt) {
  const Judgement judgement = Judge(MedianTimeBelow(2), {}, std::vector(6, Disturbed(1)));
  EXPECT_EQ(judgement.verdict, Verdict::kPass);
  EXPECT_EQ(judgement.blocks, 5);
}

TEST(Judge, NeverSetsBytesAside) {
  const Judgement judgement = Judge(Below(2), {}, std::vector(6, Disturbed(3)));
  EXPECT_EQ(judgement.verdict, Verdict::kFalsified);
  EXPECT_EQ(judgement.set_aside, 0);
}

TEST(Judge, IsInvalidIfMoreThanAThirdWasSetAside) {
  std::vector<BlockValue> blocks = FromBits(Alternating(12));
  for (std::size_t i = 0; i < 4; ++i) blocks[i].disturbed = true;
  const Claim claim = MedianTimeBelow(2);
  EXPECT_EQ(Judge(claim, {}, blocks, Time::kOut).verdict, Verdict::kInconclusive);
  blocks[4].disturbed = true;
  const Judgement judgement = Judge(claim, {}, blocks, Time::kOut);
  EXPECT_EQ(judgement.verdict, Verdict::kInvalid);
  EXPECT_EQ(judgement.stop, Stop::kOutOfTime);
  EXPECT_EQ(judgement.severity, std::nullopt);
  EXPECT_EQ(judgement.blocks_still_needed, std::nullopt);
  EXPECT_EQ(Judge(claim, {}, blocks).stop, Stop::kUndecided) << "only at the end";
}

TEST(Judge, LatchesTheFirstCrossing) {
  const Judgement judgement = Judge(Below(2), {}, FromBits("000001111111111111111"));
  EXPECT_EQ(judgement.verdict, Verdict::kPass);
  EXPECT_EQ(judgement.blocks, 5);
  EXPECT_EQ(judgement.corroborate.n, 5);
  EXPECT_EQ(judgement.estimate.value, 1);
}

TEST(Judge, WeighsNearbyThresholdsOnTheSameBlocks) {
  const Judgement judgement = Judge(Below(2), {}, Plain({1.16, 1.31, 1.12, 1.25, 1.19}));
  std::vector<double> factors;
  std::vector<double> severities;
  for (const SeverityAt& row : judgement.severity_table) {
    factors.push_back(row.factor);
    severities.push_back(row.severity.value());
  }
  EXPECT_THAT(factors, ElementsAre(0.5, 0.8, 0.9, 1, 1.1, 1.25, 2));
  ExpectNear(severities, {0, 0.952941, 0.952941, 0.952941, 0.952941, 0.952941, 0.952941});
}

TEST(Judge, WeighsNearbyThresholdsOnTheClaimsOwnSide) {
  const Judgement judgement = Judge(Above(20), {}, Plain({25, 26, 24, 27, 25.5}));
  EXPECT_NEAR(judgement.severity_table.front().severity.value(), 0.952941, kSixDecimals);
  EXPECT_EQ(judgement.severity_table.back().severity, 0) << "above 40";
}

TEST(Judge, WeighsNearbyThresholdsOfAFalsifiedClaimToo) {
  const Judgement judgement = Judge(Below(2), {}, Plain({3, 3.1, 3.2, 3.3, 3.4}));
  EXPECT_EQ(judgement.severity_table[3].severity, 0) << "below 2";
  EXPECT_NEAR(judgement.severity_table[6].severity.value(), 0.952941, kSixDecimals) << "below 4";
}

TEST(Judge, TabulatesNoSeverityOfATestThatDoesNotHold) {
  const Judgement judgement = Judge(Below(2), {}, std::vector(3, Failed()));
  EXPECT_EQ(judgement.verdict, Verdict::kError);
  ASSERT_EQ(judgement.severity_table.size(), 7U);
  for (const SeverityAt& row : judgement.severity_table) EXPECT_EQ(row.severity, std::nullopt);
}

void ExpectInterval(const Interval& actual, double lo, double hi) {
  EXPECT_EQ(actual.lo, lo);
  EXPECT_EQ(actual.hi, hi);
}

TEST(Ratio, BoundsTheQuotient) {
  ExpectInterval(Ratio({6, 6}, {3, 3}), 2, 2);
  ExpectInterval(Ratio({6, 8}, {2, 3}), 2, 4);
  ExpectInterval(Ratio({6, kInfinity}, {2, 2}), 3, kInfinity);
  ExpectInterval(Ratio({6, 6}, {2, kInfinity}), 0, 3);
  ExpectInterval(Ratio({6, kInfinity}, {2, kInfinity}), 0, kInfinity);
}

TEST(Ratio, KnowsNothingOfAFailedTrialOrZeroByZero) {
  ExpectInterval(Ratio({-kInfinity, kInfinity}, {2, 2}), -kInfinity, kInfinity);
  ExpectInterval(Ratio({2, 2}, {-kInfinity, kInfinity}), -kInfinity, kInfinity);
  ExpectInterval(Ratio({0, 0}, {0, 0}), 0, kInfinity);
  ExpectInterval(Ratio({0, 0}, {0, 4}), 0, kInfinity);
}

}  // namespace
}  // namespace falsify::criteria
