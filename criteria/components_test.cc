#include <climits>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "criteria/criterion.h"
#include "criteria/decision.h"
#include "criteria/e_value.h"
#include "criteria/testing.h"
#include "gmock/gmock.h"

namespace falsify::criteria {
namespace {

using testing::AtLeast;
using ::testing::ElementsAre;
using testing::Failed;
using ::testing::IsEmpty;
using testing::kInfinity;
using testing::Plain;

Claim Between(double low, double high, double quantile = 0.5) {
  return {.form = Form::kBetween, .threshold = low, .upper_threshold = high, .quantile = quantile};
}

TEST(Between, PassesExactlyIfItsIntervalLiesBetween) {
  const Judgement judgement = Judge(Between(1, 2), {}, Plain({1.16, 1.31, 1.12, 1.25, 1.19}));
  EXPECT_EQ(judgement.verdict, Verdict::kPass);
  EXPECT_EQ(judgement.blocks, 5);
  EXPECT_EQ(judgement.estimate.value, 1.19);
  EXPECT_EQ(judgement.estimate.low, 1.12);
  EXPECT_EQ(judgement.estimate.high, 1.31);
  EXPECT_NEAR(judgement.corroborate.e, 21.25, 1e-12);
}

TEST(Between, IsFalsifiedOnEitherSideByOneBlockMoreThanOneSideAlone) {
  for (const double x : {0.5, 1.0, 2.0, 3.0}) {
    const Judgement judgement = Judge(Between(1, 2), {}, std::vector(8, Plain(x)));
    EXPECT_EQ(judgement.verdict, Verdict::kFalsified) << x;
    EXPECT_EQ(judgement.blocks, 6) << x;
    EXPECT_NEAR(judgement.falsify.e, (EValue(6, 6, 0.5) + EValue(6, 0, 0.5)) / 2, 1e-12);
    EXPECT_EQ(judgement.falsify.violations, 6);
    EXPECT_THAT(judgement.violating_blocks, ElementsAre(0, 1, 2, 3, 4, 5));
  }
}

TEST(Between, BoundsASideByWhatWouldDecideItAlone) {
  const Judgement five = Judge(Between(1, 2), {}, std::vector(5, Plain(3)));
  EXPECT_EQ(five.stop, Stop::kUndecided);
  EXPECT_GT(five.components[1].falsify.e, 20);
  EXPECT_EQ(five.components[1].estimate.low, std::nullopt);
}

TEST(Between, JudgesItsTwoSidesApart) {
  const Judgement judgement = Judge(Between(1, 2), {}, std::vector(8, Plain(3)));
  ASSERT_EQ(judgement.components.size(), 2u);
  const ComponentJudgement& above = judgement.components[0];
  const ComponentJudgement& below = judgement.components[1];
  EXPECT_EQ(above.side, Side::kAbove);
  EXPECT_EQ(above.threshold, 1);
  EXPECT_EQ(above.falsify.violations, 0);
  EXPECT_EQ(above.corroborate.violations, 0);
  EXPECT_EQ(below.side, Side::kBelow);
  EXPECT_EQ(below.threshold, 2);
  EXPECT_EQ(below.falsify.violations, 6);
  EXPECT_EQ(below.estimate.low, 3);
  EXPECT_EQ(judgement.p_upper, below.p_upper);
  EXPECT_LT(above.p_upper, below.p_upper);
}

TEST(Between, CountsABlockOnceHoweverManyComponentsItMayViolate) {
  const std::vector<BlockValue> wide(4, BlockValue{.x = {0, kInfinity}});
  const Judgement judgement = Judge(Between(1, 2), {}, wide);
  EXPECT_EQ(judgement.corroborate.n, 4);
  EXPECT_EQ(judgement.corroborate.violations, 4);
  EXPECT_EQ(judgement.falsify.violations, 0);
}

TEST(Between, AsksEachSideForItsOwnShareOfATail) {
  // The 0.9 quantile: nine in ten may lie at or below L, one in ten at or above U.
  std::vector<BlockValue> blocks(40, Plain(0.5));
  for (std::size_t i = 0; i < blocks.size(); i += 5) blocks[i] = Plain(1.5);
  const Judgement judgement = Judge(Between(1, 2, 0.9), {.max_blocks = 200}, blocks);
  EXPECT_LT(judgement.components[0].falsify.e, 1);
  EXPECT_EQ(Judge(Between(1, 2, 0.1), {.max_blocks = 200}, blocks).verdict, Verdict::kFalsified);
}

TEST(Between, NeedsBothSidesToPass) {
  const std::vector<BlockValue> blocks(8, AtLeast(1.5));
  const Judgement judgement = Judge(Between(1, 2), {}, blocks);
  EXPECT_EQ(judgement.stop, Stop::kUndecided);
  EXPECT_GT(judgement.components[0].corroborate.e, 20);
  EXPECT_LT(judgement.corroborate.e, 1);
  EXPECT_EQ(judgement.estimate.low, 1.5);
  EXPECT_EQ(judgement.estimate.high, std::nullopt);
}

TEST(Between, IsAsSureAsBothOfItsBounds) {
  EXPECT_NEAR(Judge(Between(1, 2), {}, {}).estimate.confidence, 0.9, 1e-12);
  const Rules many = {.beta = 0.01, .leaves = 50};
  EXPECT_NEAR(Judge(Between(1, 2), many, {}).estimate.confidence, 0.98, 1e-12);
}

TEST(Between, MovesBothThresholdsOutwardInTheSeverityTable) {
  const Judgement judgement = Judge(Between(1, 2), {}, Plain({1.16, 1.31, 1.12, 1.25, 1.19}));
  std::vector<double> severities;
  for (const SeverityAt& row : judgement.severity_table) severities.push_back(*row.severity);
  // 0.8: 1.25 to 1.6 holds one value; 0.9: 1.11 to 1.8 holds all.
  EXPECT_THAT(severities, ElementsAre(0, 0, severities[3], severities[3], severities[3],
                                      severities[3], severities[3]));
}

Claim Order(double tolerance) { return {.form = Form::kOrder, .threshold = tolerance}; }
BlockValue Exponents(double overall, double top) {
  return {.x = {overall, overall}, .top = {top, top}};
}

TEST(OrderClaim, PassesIfBothExponentsDo) {
  const Judgement judgement = Judge(Order(0.1), {}, std::vector(5, Exponents(0.02, 0.09)));
  EXPECT_EQ(judgement.verdict, Verdict::kPass);
  EXPECT_EQ(judgement.estimate.high, 0.02);
  EXPECT_EQ(judgement.components[0].estimate.high, 0.02);
  EXPECT_EQ(judgement.components[1].estimate.high, 0.09);
}

TEST(OrderClaim, IsFalsifiedByItsTopAlone) {
  const Judgement judgement = Judge(Order(0.1), {}, std::vector(8, Exponents(0.05, 0.1)));
  EXPECT_EQ(judgement.verdict, Verdict::kFalsified);
  EXPECT_EQ(judgement.blocks, 6);
  EXPECT_EQ(judgement.estimate.high, 0.05);
  EXPECT_EQ(judgement.components[1].estimate.low, 0.1);
  EXPECT_THAT(judgement.violating_blocks, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(OrderClaim, IsFalsifiedSoonerByBoth) {
  const Judgement judgement = Judge(Order(0.1), {}, std::vector(8, Exponents(1, 1)));
  EXPECT_EQ(judgement.blocks, 5);
  EXPECT_NEAR(judgement.falsify.e, 21.25, 1e-12);
}

TEST(OrderClaim, NeedsTheMeanNotTheLargerOfBoth) {
  // Each exponent violates in two blocks of three, the larger one in all: no evidence.
  std::vector<BlockValue> blocks;
  for (int i = 0; i < 4; ++i) {
    blocks.push_back(Exponents(1, 0));
    blocks.push_back(Exponents(0, 1));
    blocks.push_back(Exponents(1, 1));
  }
  const Judgement judgement = Judge(Order(0.1), {}, blocks);
  EXPECT_EQ(judgement.stop, Stop::kUndecided);
  EXPECT_EQ(judgement.falsify.violations, 12);
  EXPECT_NEAR(judgement.falsify.e, EValue(12, 8, 0.5), 1e-12);
}

TEST(OrderClaim, LearnsNothingFromFailedTrials) {
  const Judgement judgement = Judge(Order(0.1), {}, std::vector(2, Failed()));
  EXPECT_EQ(judgement.components[1].falsify.violations, 0);
  EXPECT_EQ(judgement.components[1].corroborate.violations, 2);
}

constexpr Claim kHolds = {.form = Form::kHolds};

std::vector<BlockValue> Answers(std::string_view answers) {
  std::vector<BlockValue> blocks;
  for (const char answer : answers) {
    blocks.push_back(answer == '?' ? BlockValue{.x = {0, 1}} : Plain(answer == 't' ? 1 : 0));
  }
  return blocks;
}

TEST(Invariant, IsFalsifiedByOneViolationAtOnce) {
  const Judgement first = Judge(kHolds, {}, Answers("f"));
  EXPECT_EQ(first.verdict, Verdict::kFalsified);
  EXPECT_EQ(first.blocks, 1);
  EXPECT_EQ(first.falsify.e, 1e300);
  EXPECT_EQ(first.severity, std::nullopt);
  EXPECT_THAT(first.violating_blocks, ElementsAre(0));
  const Judgement fourth = Judge(kHolds, {.leaves = 1000}, Answers("tttf"));
  EXPECT_EQ(fourth.verdict, Verdict::kFalsified);
  EXPECT_EQ(fourth.falsify.e, 1e300);
}

TEST(Invariant, PassesAfterTheMinimumWithoutAViolation) {
  EXPECT_EQ(Judge(kHolds, {}, Answers("tttt")).stop, Stop::kUndecided);
  const Judgement judgement = Judge(kHolds, {}, Answers("tttttf"));
  EXPECT_EQ(judgement.verdict, Verdict::kPass);
  EXPECT_EQ(judgement.blocks, 5);
  EXPECT_EQ(judgement.severity, std::nullopt);
  EXPECT_NEAR(judgement.p_upper, 0.493609, 5e-7);
  EXPECT_EQ(judgement.corroborate.e, 1);
  EXPECT_THAT(judgement.violating_blocks, IsEmpty());
  for (const SeverityAt& row : judgement.severity_table) EXPECT_EQ(row.severity, std::nullopt);
}

TEST(Invariant, NeitherPassesNorFailsOnWhatIsUnknown) {
  for (const std::vector<BlockValue>& blocks :
       {Answers("tt?tttttttt"), std::vector<BlockValue>{Plain(1), Failed(), Plain(1), Plain(1),
                                                        Plain(1), Plain(1), Plain(1)}}) {
    const Judgement judgement = Judge(kHolds, {}, blocks);
    EXPECT_EQ(judgement.stop, Stop::kUndecided);
    EXPECT_EQ(judgement.corroborate.violations, 1);
  }
  const Judgement spent = Judge(kHolds, {.max_blocks = 7}, Answers("tt?ttttf"));
  EXPECT_EQ(spent.verdict, Verdict::kInconclusive);
  EXPECT_EQ(spent.blocks_still_needed, std::nullopt);
}

TEST(Invariant, SaysHowManyBlocksItStillNeeds) {
  const Judgement judgement = Judge(kHolds, {.min_blocks = 7}, Answers("tt"), Time::kOut);
  EXPECT_EQ(judgement.verdict, Verdict::kInconclusive);
  EXPECT_EQ(judgement.blocks_still_needed, 7);
}

/// What one block may be: which components violate, and how often.
struct Possible {
  bool first;
  bool second;
  double share;
};

double ExpectedEvidence(const Counts& now, const std::vector<Possible>& block) {
  double expected = 0;
  for (const Possible& possible : block) {
    Counts next = now;
    next.components[0].seen.falsify.Add(possible.first);
    next.components[1].seen.falsify.Add(possible.second);
    expected += possible.share * FalsifyStream(next, {}).e;
  }
  return expected;
}

TEST(EvidenceOfTwoComponents, IsAFairGameAtTheirNullsHoweverTheyDepend) {
  const double p0 = 0.1;
  const double q0 = 0.9;
  const std::vector<std::vector<Possible>> boundaries = {
      {{true, false, p0}, {false, true, q0}},
      {{true, true, p0}, {false, true, q0 - p0}, {false, false, 1 - q0}},
      {{true, true, p0 * q0},
       {true, false, p0 * (1 - q0)},
       {false, true, (1 - p0) * q0},
       {false, false, (1 - p0) * (1 - q0)}}};
  for (int n = 0; n < 20; ++n) {
    for (int k = 0; k <= n; ++k) {
      for (int j = 0; j <= n; ++j) {
        Counts now;
        now.components = {{.p0 = p0, .seen = {.falsify = {n, k}, .corroborate = {}}},
                          {.p0 = q0, .seen = {.falsify = {n, j}, .corroborate = {}}}};
        const double wealth = FalsifyStream(now, {}).e;
        for (const auto& block : boundaries) {
          ASSERT_NEAR(ExpectedEvidence(now, block) / wealth, 1, 1e-12) << n << " " << k << " " << j;
        }
        const std::vector<Possible> rarer = {
            {true, false, p0 / 2}, {false, true, q0 / 2}, {false, false, 0.5}};
        ASSERT_LT(ExpectedEvidence(now, rarer), wealth) << n << " " << k << " " << j;
      }
    }
  }
}

TEST(FewestBlocks, OfSeveralComponents) {
  const auto to_falsify = [](const Claim& claim, int leaves = 1) {
    return FewestBlocksToFalsify(claim, 0.05, leaves, 5);
  };
  EXPECT_EQ(to_falsify(Between(1, 2)), 6);
  EXPECT_EQ(to_falsify(Order(0.1)), 5);
  EXPECT_EQ(to_falsify(Order(0.1), 8), 9);
  EXPECT_EQ(to_falsify(kHolds), 1);
  EXPECT_EQ(FewestBlocksToPass(Between(1, 2), 0.05, 5, 0), 5);
  EXPECT_EQ(FewestBlocksToPass(Between(1, 2, 0.9), 0.05, 5, 0), 33);
  EXPECT_EQ(FewestBlocksToPass(Order(0.1), 0.05, 5, 1), 12);
  EXPECT_EQ(FewestBlocksToPass(kHolds, 0.05, 5, 0), 5);
  EXPECT_EQ(FewestBlocksToPass(kHolds, 0.05, 5, 1), INT_MAX);
}

TEST(BlocksStillNeeded, OfSeveralComponents) {
  const Rules rules = {.max_blocks = 1000};
  const auto needed = [&](const Claim& claim, const std::vector<BlockValue>& blocks) {
    return Judge(claim, rules, blocks, Time::kOut).blocks_still_needed;
  };
  EXPECT_EQ(needed(Order(0.1), std::vector(4, Exponents(0, 0))), 8);
  // One component violated: ln(2 * 20) + 2 over ln 2 = 8.2.
  EXPECT_EQ(needed(Order(0.1), std::vector(4, Exponents(0, 1))), 9);
  std::vector<BlockValue> mixed(3, Exponents(0, 0));
  mixed.push_back(Exponents(0, 1));
  EXPECT_EQ(needed(Order(0.1), mixed), 39) << "until the slower one is corroborated";
}

}  // namespace
}  // namespace falsify::criteria
