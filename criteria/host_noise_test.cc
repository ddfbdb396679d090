#include "criteria/host_noise.h"

#include <vector>

#include "gtest/gtest.h"

namespace falsify::criteria {
namespace {

TEST(ReferenceProbe, IsTheTenthPartRoundedUp) {
  std::vector<double> probes;
  EXPECT_EQ(ReferenceProbe(probes), std::nullopt);
  for (int i = 40; i >= 1; --i) probes.push_back(i);
  const auto of_first = [&](int count) {
    return ReferenceProbe(std::vector<double>(probes.end() - count, probes.end()));
  };
  EXPECT_EQ(of_first(1), 1);
  EXPECT_EQ(of_first(10), 1);
  EXPECT_EQ(of_first(11), 2);
  EXPECT_EQ(of_first(20), 2);
  EXPECT_EQ(of_first(21), 3);
  EXPECT_EQ(of_first(40), 4);
}

TEST(SlowDown, IsTheWorstOfAllProbes) {
  EXPECT_EQ(SlowDown(std::vector<Probe>{{0.010, 0.008}, {0.006, 0.005}}), 0.010 / 0.008);
  EXPECT_EQ(SlowDown(std::vector<Probe>{{0.006, 0.005}, {0.016, 0.008}}), 2);
  EXPECT_EQ(SlowDown(std::vector<Probe>{{0.004, 0.008}}), 0.5) << "faster than usual";
}

TEST(SlowDown, IsUnknownWithoutProbes) { EXPECT_EQ(SlowDown({}), std::nullopt); }

TEST(SlowDown, OfExactlyTheLimitDoesNotDisturb) {
  EXPECT_FALSE(SlowDown(std::vector<Probe>{{1.25, 1}}) > kDisturbed);
  EXPECT_TRUE(SlowDown(std::vector<Probe>{{1.26, 1}}) > kDisturbed);
}

class ProbeSpan : public testing::Test {
 protected:
  ProbeSpan() {
    judgement_.verdict = Verdict::kFalsified;
    judgement_.components = {AtLeastLow(2.5)};
  }
  static ComponentJudgement AtLeastLow(double low) {
    ComponentJudgement component;
    component.threshold = 2;
    component.estimate.low = low;
    return component;
  }
  ComponentJudgement& component() { return judgement_.components.front(); }
  double Needed() const {
    return ProbeSpanNeeded(claim_, judgement_, Seconds(watch_), Seconds(blocks_)).count();
  }
  Claim claim_ = {.noise_sensitive = true};
  Judgement judgement_;
  double watch_ = 60;
  double blocks_ = 10;
};

TEST_F(ProbeSpan, IsTheWatchOrThreeTimesTheBlocks) {
  EXPECT_EQ(Needed(), 60);
  blocks_ = 30;
  EXPECT_EQ(Needed(), 90);
}

TEST_F(ProbeSpan, IsNotNeededForATimeTwiceTheThreshold) {
  component().estimate.low = 3.99;
  EXPECT_EQ(Needed(), 60);
  component().estimate.low = 4;
  EXPECT_EQ(Needed(), 0);
}

TEST_F(ProbeSpan, IsNotNeededForARateHalfTheThreshold) {
  component().side = Side::kAbove;
  component().estimate.low = 0.1;
  component().estimate.high = 1.01;
  EXPECT_EQ(Needed(), 60);
  component().estimate.high = 1;
  EXPECT_EQ(Needed(), 0);
}

TEST_F(ProbeSpan, IsNeededIfHowClearItIsCannotBeTold) {
  component().estimate = {};
  EXPECT_EQ(Needed(), 60);
  component().side = Side::kAbove;
  EXPECT_EQ(Needed(), 60);
}

TEST_F(ProbeSpan, IsNotNeededIfOneComponentIsTwiceTheThreshold) {
  judgement_.components.push_back(AtLeastLow(4));
  EXPECT_EQ(Needed(), 0);
}

TEST_F(ProbeSpan, IsForFalsifiedTimesAndRatesOnly) {
  judgement_.verdict = Verdict::kPass;
  EXPECT_EQ(Needed(), 0);
  judgement_.verdict = Verdict::kFalsified;
  claim_.noise_sensitive = false;
  EXPECT_EQ(Needed(), 0);
}

TEST_F(ProbeSpan, IsSwitchedOffByNoWatch) {
  watch_ = 0;
  EXPECT_EQ(Needed(), 0);
}

}  // namespace
}  // namespace falsify::criteria
