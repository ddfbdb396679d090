#include "criteria/sabotage.h"

#include <vector>

#include "criteria/testing.h"
#include "gmock/gmock.h"

namespace falsify::criteria {
namespace {

TEST(ToExceed, BringsTheSubjectToTheFactor) {
  EXPECT_EQ(ToExceed(2, 1.5, 1.2), 1.8);
  EXPECT_EQ(ToExceed(2, 1.05, 0), 2.1);
}

TEST(ToExceed, AddsNothingToWhatIsThereAlready) {
  EXPECT_EQ(ToExceed(2, 1.5, 3), 0);
  EXPECT_EQ(ToExceed(2, 1.5, 40), 0);
}

TEST(ToExceedRatio, AddsToTheNumerator) {
  EXPECT_EQ(ToExceedRatio(1.25, 1.5, 8, 8), 7);
  EXPECT_EQ(ToExceedRatio(1.25, 1.5, 16, 8), 0);
}

TEST(ToFallShort, SlowsARateToTheThresholdByTheFactor) {
  // 64 tokens at 40 a second take 1.6 s; at 20 / 1.5 a second they take 4.8 s.
  EXPECT_NEAR(ToFallShort(20, 1.5, 40, 64), 3.2, 1e-12);
  EXPECT_NEAR(64 / (64 / 40.0 + ToFallShort(20, 1.5, 40, 64)), 20 / 1.5, 1e-12);
  EXPECT_EQ(ToFallShort(20, 1.5, 10, 64), 0);
}

const std::vector<double> kSizes = {0x1p20, 0x1p24, 0x1p28, 0x1p32};
constexpr double kTolerance = 0.1;

std::vector<BlockValue> BlocksOf(const Order& order, const std::vector<double>& typical,
                                 const std::vector<double>& added) {
  std::vector<Interval> values;
  for (std::size_t i = 0; i < typical.size(); ++i) {
    values.push_back({typical[i] + added[i], typical[i] + added[i]});
  }
  const Exponents excess = ExcessExponents(order, kSizes, values);
  return std::vector(8, BlockValue{.x = excess.overall, .top = excess.top});
}

TEST(ToOutgrow, TurnsEveryPassIntoFalsified) {
  const Claim claim = {.form = Form::kOrder, .threshold = kTolerance};
  for (const Order& order : {Order{Growth::kConstant}, Order{Growth::kLog}, Order{Growth::kLinear},
                             Order{Growth::kLinearLog}, Order{Growth::kPower, 1.5}}) {
    std::vector<double> typical;
    for (const double size : kSizes) typical.push_back(1e-9 * std::exp(LogOf(order, size)));
    const std::vector<double> nothing(kSizes.size(), 0);
    EXPECT_EQ(Judge(claim, {}, BlocksOf(order, typical, nothing)).verdict, Verdict::kPass)
        << Name(order);
    const std::vector<double> added = ToOutgrow(order, kTolerance, kSizes, typical);
    EXPECT_EQ(added.front(), 0);
    const Judgement judgement = Judge(claim, {}, BlocksOf(order, typical, added));
    EXPECT_EQ(judgement.verdict, Verdict::kFalsified) << Name(order);
    EXPECT_NEAR(judgement.estimate.value.value(), kTolerance + 0.5, 1e-9) << Name(order);
  }
}

TEST(ToOutgrow, AddsNothingWhereTheSubjectIsThereAlready) {
  const std::vector<double> steep = {1, 1e3, 1e6, 1e9};
  EXPECT_THAT(ToOutgrow({}, kTolerance, kSizes, steep), ::testing::Each(0));
}

}  // namespace
}  // namespace falsify::criteria
