#include "harness/self_check.h"

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

/// A loader of 0.2 ms that holds 1 MB, plus what is put in, seen as it is or worse.
class Bench : public TrialRunner {
 public:
  double sees_of_a_delay = 1;
  Outcome outcome = Outcome::kOk;
  int trials = 0;

  Result<Observation> Run(const TrialSpec& spec) override {
    ++trials;
    Observation seen;
    seen.outcome = outcome;
    seen.cause = "because";
    const bool nothing = spec.loader.name == "null";
    const double delay =
        spec.sabotage.kind == Sabotage::Kind::kSpin ? spec.sabotage.amount * sees_of_a_delay : 0;
    const double ballast =
        spec.sabotage.kind == Sabotage::Kind::kBallast ? spec.sabotage.amount : 0;
    seen.measures = {{"load_time", (nothing ? 1e-6 * trials : 2e-4) + delay},
                     {"peak_anon", 1e6 + ballast}};
    return seen;
  }
};

TEST(SelfCheck, SeesWhatWasPutIn) {
  Bench bench;
  const Result<SelfCheck> check = CheckSelf(bench, "/m", 5);
  ASSERT_TRUE(check) << check.error().Line();
  EXPECT_NEAR(check->delay_bias(), 0, 1e-9);
  EXPECT_NEAR(check->ballast_bias(), 0, 1e-9);
  EXPECT_EQ(check->ballast_bytes, 256.0 * 1024 * 1024);
  EXPECT_EQ(check->noise_floor_seconds, 1e-6 * bench.trials) << "the longest of them";
}

TEST(SelfCheck, SaysByHowMuchItIsWrong) {
  Bench bench;
  bench.sees_of_a_delay = 1.25;
  const Result<SelfCheck> check = CheckSelf(bench, "/m", 5);
  ASSERT_TRUE(check);
  EXPECT_NEAR(check->delay_bias(), 0.25, 1e-9);
}

TEST(SelfCheck, FailsWithTheFirstTrialThatDoes) {
  Bench bench;
  bench.outcome = Outcome::kCrash;
  const Result<SelfCheck> check = CheckSelf(bench, "/m", 5);
  ASSERT_FALSE(check);
  EXPECT_EQ(check.error().Line(),
            "/m: a trial of the harness itself was crash: because [SELF_CHECK]");
  EXPECT_EQ(bench.trials, 1);
}

}  // namespace
}  // namespace falsify::harness
