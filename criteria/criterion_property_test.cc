#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "criteria/criterion.h"
#include "criteria/testing.h"
#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

/// Claims, rules and blocks of every kind, from a fixed seed. Values lie on a coarse grid about the
/// threshold, so that equality is common.
class AnyStudy {
 public:
  explicit AnyStudy(std::uint64_t seed) : random_(seed) {
    constexpr Form kForms[] = {Form::kBelow, Form::kAbove, Form::kBetween, Form::kOrder,
                               Form::kHolds};
    claim.form = kForms[random_() % std::size(kForms)];
    claim.threshold = claim.form == Form::kBetween ? 5 : 8;
    claim.upper_threshold = 11;
    claim.quantile = Pick({0.1, 0.5, 0.5, 0.75, 0.9});
    claim.noise_sensitive = Chance(0.5);
    claim.noise_only_hurts = claim.noise_sensitive && Chance(0.5);
    rules.alpha = Pick({0.01, 0.05, 0.2});
    rules.beta = Pick({0.01, 0.05, 0.2});
    rules.leaves = Chance(0.5) ? 1 : 4;
    rules.min_blocks = Chance(0.7) ? 5 : 12;
    rules.max_blocks = Chance(0.5) ? 20 : 60;
    centre_ = Pick({3, 6, 7.5, 8.5, 10, 13});
    oddity_ = Pick({0, 0.05, 0.2});
    for (int i = 0; i < rules.max_blocks; ++i) blocks.push_back(Block());
  }

  bool Chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  std::mt19937_64& random() { return random_; }

  Claim claim;
  Rules rules;
  std::vector<BlockValue> blocks;

 private:
  double Pick(const std::vector<double>& of) { return of[random_() % of.size()]; }

  Interval Value() {
    const double x = std::max(0.0, std::round(centre_ + std::normal_distribution<>(0, 3)(random_)));
    if (claim.form == Form::kHolds) return Chance(oddity_) ? Interval{0, 1} : Truth(x > 1);
    if (Chance(oddity_)) return {0, x};
    return {x, Chance(oddity_) ? testing::kInfinity : x};
  }
  static Interval Truth(bool holds) { return holds ? Interval{1, 1} : Interval{0, 0}; }

  BlockValue Block() {
    BlockValue block = {.x = Value(), .top = Value()};
    block.failed = Chance(oddity_ / 5);
    block.disturbed = Chance(oddity_);
    return block;
  }

  std::mt19937_64 random_;
  double centre_ = 0;
  double oddity_ = 0;
};

constexpr std::uint64_t kStudies = 4000;

bool LiesWhollyOnItsSide(const ComponentJudgement& component) {
  const Estimate& estimate = component.estimate;
  return component.side == Side::kBelow ? estimate.high && *estimate.high < component.threshold
                                        : estimate.low && *estimate.low > component.threshold;
}
bool LiesWhollyOnTheOtherSide(const ComponentJudgement& component) {
  const Estimate& estimate = component.estimate;
  return component.side == Side::kBelow ? estimate.low && *estimate.low >= component.threshold
                                        : estimate.high && *estimate.high <= component.threshold;
}

/// Whether the printed interval agrees with those of the components.
bool SaysTheSame(const Claim& claim, const Judgement& judgement) {
  const Estimate& whole = judgement.estimate;
  const Estimate& first = judgement.components.front().estimate;
  if (claim.form != Form::kBetween) return whole.low == first.low && whole.high == first.high;
  const bool inside = whole.low && *whole.low > claim.threshold && whole.high &&
                      *whole.high < claim.upper_threshold;
  return inside ==
         std::all_of(judgement.components.begin(), judgement.components.end(), LiesWhollyOnItsSide);
}

/// At the deciding block as at any before it.
void ExpectAgreement(const AnyStudy& study, const Judgement& judgement) {
  const auto& parts = judgement.components;
  const bool inside = std::all_of(parts.begin(), parts.end(), LiesWhollyOnItsSide);
  const bool outside = std::any_of(parts.begin(), parts.end(), LiesWhollyOnTheOtherSide);
  EXPECT_TRUE(SaysTheSame(study.claim, judgement));
  EXPECT_TRUE(inside || judgement.verdict != Verdict::kPass);
  EXPECT_TRUE(!inside || judgement.verdict != Verdict::kFalsified);
  if (judgement.verdict == Verdict::kFalsified) {
    EXPECT_TRUE(outside || parts.size() > 1);
  }
  if (judgement.stop == Stop::kFailedTrials) return;
  if (inside && judgement.corroborate.n >= study.rules.min_blocks) {
    EXPECT_EQ(judgement.verdict, Verdict::kPass);
  }
  if (outside && judgement.falsify.n >= study.rules.min_blocks) {
    EXPECT_EQ(judgement.verdict, Verdict::kFalsified);
  }
}

TEST(JudgeProperty, IntervalAndVerdictAgree) {
  std::map<Verdict, int> seen;
  for (std::uint64_t seed = 0; seed < kStudies; ++seed) {
    const AnyStudy study(seed);
    const std::span<const BlockValue> blocks = study.blocks;
    const Judgement judgement = Judge(study.claim, study.rules, blocks);
    ++seen[judgement.verdict];
    if (study.claim.form == Form::kHolds) continue;
    ExpectAgreement(study, judgement);
    ExpectAgreement(study, Judge(study.claim, study.rules, blocks.first(seed % blocks.size())));
    ASSERT_FALSE(HasFailure()) << seed;
  }
  for (const Verdict verdict : {Verdict::kPass, Verdict::kFalsified, Verdict::kInconclusive,
                                Verdict::kInvalid, Verdict::kError}) {
    EXPECT_GE(seen[verdict], 20) << Name(verdict);
  }
}

void ExpectSame(const Judgement& a, const Judgement& b) {
  EXPECT_EQ(a.stop, b.stop);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.blocks, b.blocks);
  EXPECT_EQ(a.set_aside, b.set_aside);
  EXPECT_EQ(a.failed, b.failed);
  EXPECT_EQ(a.falsify.e, b.falsify.e);
  EXPECT_EQ(a.corroborate.e, b.corroborate.e);
  EXPECT_EQ(a.estimate.value, b.estimate.value);
  EXPECT_EQ(a.estimate.low, b.estimate.low);
  EXPECT_EQ(a.estimate.high, b.estimate.high);
  EXPECT_EQ(a.p_upper, b.p_upper);
  EXPECT_EQ(a.severity, b.severity);
  EXPECT_EQ(a.violating_blocks, b.violating_blocks);
  EXPECT_EQ(a.blocks_still_needed, b.blocks_still_needed);
}

TEST(JudgeProperty, ReplayReachesTheSameVerdictAtTheSameBlock) {
  for (std::uint64_t seed = 0; seed < kStudies / 10; ++seed) {
    const AnyStudy study(seed);
    const std::span<const BlockValue> blocks = study.blocks;
    std::size_t n = 0;
    Judgement live;
    while (live.stop == Stop::kUndecided) {
      live = Judge(study.claim, study.rules, blocks.first(++n));
    }
    EXPECT_EQ(live.blocks, static_cast<int>(n)) << seed;
    ExpectSame(live, Judge(study.claim, study.rules, blocks));
    ExpectSame(live, Judge(study.claim, study.rules, blocks, Time::kOut));
    ASSERT_FALSE(HasFailure()) << seed;
  }
}

TEST(JudgeProperty, TheUnitDoesNotMatter) {
  for (std::uint64_t seed = 0; seed < kStudies / 10; ++seed) {
    AnyStudy study(seed);
    const Judgement in_seconds = Judge(study.claim, study.rules, study.blocks);
    const double unit = study.claim.form == Form::kHolds ? 1 : 1024;
    study.claim.threshold *= unit;
    study.claim.upper_threshold *= unit;
    for (BlockValue& block : study.blocks) {
      block.x = {block.x.lo * unit, block.x.hi * unit};
      block.top = {block.top.lo * unit, block.top.hi * unit};
    }
    Judgement scaled = Judge(study.claim, study.rules, study.blocks);
    for (std::optional<double>* figure :
         {&scaled.estimate.value, &scaled.estimate.low, &scaled.estimate.high}) {
      if (*figure) **figure /= unit;
    }
    ExpectSame(in_seconds, scaled);
    ASSERT_FALSE(HasFailure()) << seed;
  }
}

std::optional<double> Negated(std::optional<double> figure) {
  if (figure) *figure = -*figure;
  return figure;
}

Claim Mirrored(Claim claim) {
  claim.quantile = 1 - claim.quantile;
  if (claim.form == Form::kBetween) {
    claim.threshold = -std::exchange(claim.upper_threshold, -claim.threshold);
    return claim;
  }
  claim.form = claim.form == Form::kBelow ? Form::kAbove : Form::kBelow;
  claim.threshold *= -1;
  return claim;
}

TEST(JudgeProperty, AboveIsBelowSeenInAMirror) {
  for (std::uint64_t seed = 0; seed < kStudies / 10; ++seed) {
    AnyStudy study(seed);
    if (study.claim.form == Form::kOrder || study.claim.form == Form::kHolds) continue;
    const Judgement seen = Judge(study.claim, study.rules, study.blocks);
    study.claim = Mirrored(study.claim);
    for (BlockValue& block : study.blocks) block.x = {-block.x.hi, -block.x.lo};
    const Judgement mirrored = Judge(study.claim, study.rules, study.blocks);
    EXPECT_EQ(seen.verdict, mirrored.verdict);
    EXPECT_EQ(seen.blocks, mirrored.blocks);
    EXPECT_NEAR(seen.falsify.e / mirrored.falsify.e, 1, 1e-12);
    EXPECT_EQ(seen.estimate.low, Negated(mirrored.estimate.high));
    EXPECT_EQ(seen.estimate.high, Negated(mirrored.estimate.low));
    ASSERT_FALSE(HasFailure()) << seed;
  }
}

TEST(JudgeProperty, OrderDoesNotMatterToASingleLook) {
  for (std::uint64_t seed = 0; seed < kStudies / 10; ++seed) {
    AnyStudy study(seed);
    for (BlockValue& block : study.blocks) block.failed = block.disturbed = false;
    study.rules.min_blocks = study.rules.max_blocks;
    const Verdict verdict = Judge(study.claim, study.rules, study.blocks).verdict;
    std::shuffle(study.blocks.begin(), study.blocks.end(), study.random());
    ASSERT_EQ(Judge(study.claim, study.rules, study.blocks).verdict, verdict) << seed;
  }
}

TEST(JudgeProperty, GivingUpNeverCostsAVerdict) {
  int given_up = 0;
  for (std::uint64_t seed = 0; seed < kStudies; ++seed) {
    AnyStudy study(seed);
    const Judgement stopped = Judge(study.claim, study.rules, study.blocks);
    if (stopped.stop != Stop::kHopeless) continue;
    ++given_up;
    const int at = study.rules.max_blocks;
    study.rules.max_blocks = 2000;
    for (int n = stopped.blocks; n <= at; ++n) {
      const auto blocks = std::span(study.blocks).first(static_cast<std::size_t>(n));
      const Judgement later = Judge(study.claim, study.rules, blocks);
      ASSERT_NE(later.stop, Stop::kDecided) << seed << " at " << n;
    }
  }
  EXPECT_GE(given_up, 100);
}

TEST(JudgeProperty, VaguerValuesHelpNeitherVerdict) {
  for (std::uint64_t seed = 0; seed < kStudies / 10; ++seed) {
    AnyStudy study(seed);
    if (study.claim.form == Form::kHolds) continue;
    study.rules = {.alpha = 1e-200, .beta = 1e-200, .max_blocks = 2000};
    for (BlockValue& block : study.blocks) block.failed = false;
    const Judgement sharp = Judge(study.claim, study.rules, study.blocks);
    for (BlockValue& block : study.blocks) {
      if (study.Chance(0.3)) block.x = {block.x.lo - 2, block.x.hi + 2};
      if (study.Chance(0.3)) block.top = {block.top.lo - 2, block.top.hi + 2};
    }
    const Judgement vague = Judge(study.claim, study.rules, study.blocks);
    ASSERT_EQ(vague.blocks, sharp.blocks) << seed;
    ASSERT_LE(vague.falsify.e, sharp.falsify.e) << seed;
    ASSERT_LE(vague.corroborate.e, sharp.corroborate.e) << seed;
  }
}

}  // namespace
}  // namespace falsify::criteria
