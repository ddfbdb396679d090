#include "criteria/gate.h"

#include <vector>

#include "criteria/estimate.h"
#include "criteria/testing.h"
#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

using testing::Disturbed;
using testing::Plain;

constexpr GateRules kBytes = {.margin = kCountMargin};
constexpr GateRules kMemory = {.margin = kMemoryMargin};
constexpr GateRules kTime = {.margin = kTimeMargin, .noise_sensitive = true};
constexpr GateRules kRate = {
    .margin = kTimeMargin, .better = Better::kHigher, .noise_sensitive = true};

Estimate From(std::optional<double> low, std::optional<double> high) {
  Estimate estimate;
  estimate.low = low;
  estimate.high = high;
  return estimate;
}

Verdict OfTimes(double low, double high) {
  return Gate(kTime, SameHost::kYes, From(0.9, 1.0), From(low, high));
}

TEST(Gate, FalsifiesATimeThatDriftCannotExplain) {
  // 1.10 * 1.25 * 1.0
  EXPECT_EQ(OfTimes(1.376, 1.5), Verdict::kFalsified);
  EXPECT_EQ(OfTimes(1.374, 1.5), Verdict::kInconclusive);
}

TEST(Gate, PassesATimeThatDriftCannotHaveHidden) {
  // 1.10 / 1.25 * 0.9
  EXPECT_EQ(OfTimes(0.7, 0.791), Verdict::kPass);
  EXPECT_EQ(OfTimes(0.7, 0.793), Verdict::kInconclusive);
  EXPECT_EQ(OfTimes(0.9, 1.0), Verdict::kInconclusive) << "re-run interleaved";
}

TEST(Gate, MirrorsRates) {
  const auto of = [](double low, double high) {
    return Gate(kRate, SameHost::kYes, From(90, 100), From(low, high));
  };
  EXPECT_EQ(of(50, 90 / 1.3751), Verdict::kFalsified);
  EXPECT_EQ(of(50, 90 / 1.3749), Verdict::kInconclusive);
  EXPECT_EQ(of(100 / 0.879, 200), Verdict::kPass);
  EXPECT_EQ(of(100 / 0.881, 200), Verdict::kInconclusive);
}

TEST(Gate, LeavesNoRoomForDriftInMemory) {
  EXPECT_EQ(Gate(kMemory, SameHost::kNo, From(100, 100), From(105, 105)), Verdict::kFalsified);
  EXPECT_EQ(Gate(kMemory, SameHost::kNo, From(100, 100), From(104, 104)), Verdict::kPass);
  EXPECT_EQ(Gate(kMemory, SameHost::kNo, From(100, 110), From(104, 112)), Verdict::kInconclusive);
}

TEST(Gate, NoticesOneByteMore) {
  EXPECT_EQ(Gate(kBytes, SameHost::kYes, From(1e6, 1e6), From(1e6, 1e6)), Verdict::kPass);
  EXPECT_EQ(Gate(kBytes, SameHost::kYes, From(1e6, 1e6), From(1e6 + 1, 1e6 + 1)),
            Verdict::kFalsified);
}

TEST(Gate, TakesNothingForNoWorseThanNothing) {
  EXPECT_EQ(Gate(kBytes, SameHost::kYes, From(0, 0), From(0, 0)), Verdict::kPass);
  EXPECT_EQ(Gate(kBytes, SameHost::kYes, From(0, 0), From(1, 1)), Verdict::kFalsified);
  EXPECT_EQ(Gate(kBytes, SameHost::kYes, From(1, 1), From(0, 0)), Verdict::kPass);
}

TEST(Gate, ComparesNoTimesOfDifferentHosts) {
  EXPECT_EQ(Gate(kTime, SameHost::kNo, From(1, 1), From(9, 9)), Verdict::kInvalid);
  EXPECT_EQ(Gate(kRate, SameHost::kNo, From(1, 1), From(1, 1)), Verdict::kInvalid);
}

TEST(Gate, DecidesNothingWithoutBounds) {
  for (const GateRules& rules : {kBytes, kTime, kRate}) {
    EXPECT_EQ(Gate(rules, SameHost::kYes, From({}, {}), From(0, 1e9)), Verdict::kInconclusive);
    EXPECT_EQ(Gate(rules, SameHost::kYes, From(0, 1e9), From({}, {})), Verdict::kInconclusive);
  }
}

TEST(GateEstimate, NeedsTwiceTheEvidenceOfOneBound) {
  const std::vector<BlockValue> five = Plain({5, 1, 4, 2, 3});
  EXPECT_EQ(GateEstimate(kBytes, five).low, std::nullopt) << "21.25 where 40 is needed";
  const std::vector<BlockValue> six = Plain({5, 1, 4, 2, 3, 6});
  const Estimate estimate = GateEstimate(kBytes, six);
  EXPECT_EQ(estimate.low, 1);
  EXPECT_EQ(estimate.high, 6);
  EXPECT_EQ(estimate.value, 3.5);
  EXPECT_NEAR(estimate.confidence, 0.95, 1e-12);
}

TEST(GateEstimate, LeavesDisturbedTimesOut) {
  std::vector<BlockValue> blocks = Plain({5, 1, 4, 2, 3, 6});
  blocks.push_back(Disturbed(100));
  EXPECT_EQ(GateEstimate(kTime, blocks).high, 6);
  EXPECT_EQ(GateEstimate(kBytes, blocks).high, 100);
}

TEST(GateEstimate, BoundsTheQuantileAskedFor) {
  std::vector<BlockValue> blocks;
  for (int i = 1; i <= 60; ++i) blocks.push_back(Plain(i));
  GateRules tail = kTime;
  tail.quantile = 0.9;
  EXPECT_EQ(GateEstimate(tail, blocks).value, 54.5);
  EXPECT_GT(GateEstimate(tail, blocks).low, GateEstimate(kTime, blocks).low);
}

}  // namespace
}  // namespace falsify::criteria
