#include "harness/trial/ending.h"

#include <csignal>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/trial/answer.h"

namespace falsify::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

int Exited(int code) { return code << 8; }  // as waitpid(2) encodes it
int Killed(int signal) { return signal; }

TrialSpec Spec() {
  TrialSpec spec;
  spec.number = 3;
  spec.nonce = "n";
  return spec;
}

Observation Measured() {
  Observation observation;
  observation.measures = {{"peak_rss", 1000}, {"load_time", 1}};
  observation.phases = {{.name = "open", .seconds = 0.5}, {.name = "touch", .seconds = 1.25}};
  observation.total_seconds = 1.75;
  return observation;
}

// A worker that entered main 0.25 s after its start at 100 s and was reaped after 2 s.
Ending Answered(const Observation& observation, double main_entered = 100.25) {
  Ending ending;
  ending.started = 100;
  ending.reaped_after = 2;
  ending.wait_status = Exited(0);
  ending.peak_rss_cap = 1000;
  ending.answer =
      WriteAnswerText(Spec(), {.observation = observation, .main_entered = main_entered});
  return ending;
}

std::string CauseOf(const Observation& claimed, Outcome outcome = Outcome::kRefused) {
  const Observation seen = Decode(Spec(), Answered(claimed));
  EXPECT_EQ(seen.outcome, outcome);
  return seen.cause;
}

TEST(Decode, TimesStartUpFromBeforeSpawnToMain) {
  const Observation seen = Decode(Spec(), Answered(Measured()));
  EXPECT_EQ(seen.outcome, Outcome::kOk) << seen.cause;
  EXPECT_EQ(seen.spawn_seconds, 0.25);
  EXPECT_EQ(seen.wall_seconds, 2);
  EXPECT_EQ(seen.measures, Measured().measures);
}

TEST(Decode, OverwritesWhatOnlyTheParentCanKnow) {
  Observation boast = Measured();
  boast.outcome = Outcome::kUnavailable;
  boast.wall_seconds = 0.001;
  boast.spawn_seconds = 0.001;
  boast.exit_code = 9;
  boast.signal = 9;
  boast.cause = "because";
  boast.stderr_tail = "nothing happened";
  boast.at_least = {{"elapsed", 1e9}};
  boast.unkillable = true;
  Ending ending = Answered(boast);
  ending.stderr_tail = "warning";
  const Observation seen = Decode(Spec(), ending);
  EXPECT_EQ(seen.outcome, Outcome::kOk);
  EXPECT_EQ(seen.wall_seconds, 2);
  EXPECT_EQ(seen.spawn_seconds, 0.25);
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.signal, 0);
  EXPECT_EQ(seen.cause, "");
  EXPECT_EQ(seen.stderr_tail, "warning");
  EXPECT_THAT(seen.at_least, IsEmpty());
  EXPECT_FALSE(seen.unkillable);
}

TEST(Decode, RefusesPhasesLongerThanTheWall) {
  Observation claim = Measured();
  claim.phases[1].seconds = 1.5;
  EXPECT_EQ(CauseOf(claim, Outcome::kOk), "");
  claim.phases[1].seconds = 1.75;
  EXPECT_EQ(CauseOf(claim), "claims phases of 2.25 s, observed 2 s");
}

TEST(Decode, RefusesATotalLongerThanTheWall) {
  Observation claim = Measured();
  claim.total_seconds = 2.5;
  EXPECT_EQ(CauseOf(claim), "claims a total of 2.5 s, observed 2 s");
}

TEST(Decode, RefusesAPeakAboveTheKernels) {
  Observation claim = Measured();
  claim.measures["peak_rss"] = 1001;
  EXPECT_EQ(CauseOf(claim), "claims peak_rss 1001 B, observed 1000 B");
  Ending unknown = Answered(claim);
  unknown.peak_rss_cap = 0;
  EXPECT_EQ(Decode(Spec(), unknown).outcome, Outcome::kOk);
}

TEST(Decode, RefusesNegativeFigures) {
  Observation claim = Measured();
  claim.measures["load_time"] = -1;
  EXPECT_EQ(CauseOf(claim), "claims load_time -1, observed no such thing");
  claim = Measured();
  claim.phases[0].seconds = -0.5;
  EXPECT_EQ(CauseOf(claim), "claims phase open -0.5, observed no such thing");
  claim = Measured();
  claim.total_seconds = -0.5;
  EXPECT_EQ(CauseOf(claim), "claims total_seconds -0.5, observed no such thing");
}

TEST(Decode, RefusesAWorkerFromBeforeItsStart) {
  EXPECT_EQ(Decode(Spec(), Answered(Measured(), 99.5)).cause,
            "claims main entered after -0.5 s, observed 2 s");
  EXPECT_EQ(Decode(Spec(), Answered(Measured(), 102.5)).cause,
            "claims main entered after 2.5 s, observed 2 s");
}

TEST(Decode, KeepsNoFigureOfARefusedClaim) {
  Observation claim = Measured();
  claim.total_seconds = 2.5;
  const Observation seen = Decode(Spec(), Answered(claim));
  EXPECT_THAT(seen.measures, IsEmpty());
  EXPECT_THAT(seen.phases, IsEmpty());
  EXPECT_EQ(seen.error->code, "TRIAL_CLAIM");
}

TEST(Decode, BelievesNoAnswerOfAWorkerThatFailed) {
  Ending ending = Answered(Measured());
  ending.wait_status = Exited(99);
  const Observation seen = Decode(Spec(), ending);
  EXPECT_EQ(seen.outcome, Outcome::kCrash);
  EXPECT_EQ(seen.cause, "exited with 99");
  EXPECT_THAT(seen.measures, IsEmpty());
}

TEST(Decode, BelievesNoAnswerToAnotherTrial) {
  TrialSpec next = Spec();
  next.number = 4;
  EXPECT_EQ(Decode(next, Answered(Measured())).cause,
            "answer is not valid: answers trial 3 with the right nonce, asked was trial 4 "
            "[TRIAL_STALE]");
}

TEST(Decode, BelievesNoCutAnswer) {
  Ending ending = Answered(Measured());
  ending.answer_overflowed = true;
  EXPECT_EQ(Decode(Spec(), ending).cause, "answer longer than 1048576 B");
}

TEST(Decode, TellsAKernelsOomKillFromAnother) {
  Ending ending;
  ending.wait_status = Killed(SIGKILL);
  ending.peak_anon = 5;
  EXPECT_EQ(Decode(Spec(), ending).outcome, Outcome::kCrash);
  EXPECT_EQ(Decode(Spec(), ending).cause, "killed by SIGKILL");
  ending.kernel_oom_kill = true;
  const Observation seen = Decode(Spec(), ending);
  EXPECT_EQ(seen.outcome, Outcome::kOom);
  EXPECT_EQ(seen.cause, "killed by the kernel for lack of memory");
  EXPECT_THAT(seen.at_least, ElementsAre(Pair("peak_anon", 5)));
  ending.wait_status = Killed(SIGSEGV);
  EXPECT_EQ(Decode(Spec(), ending).outcome, Outcome::kCrash);
}

TEST(Decode, LooksAtTheModelAfterABusError) {
  Ending ending;
  ending.wait_status = Killed(SIGBUS);
  EXPECT_EQ(Decode(Spec(), ending).cause, "killed by SIGBUS");
  ending.model_bytes_before = 3'087'467'104;
  ending.model_bytes_after = 3'087'467'104;
  EXPECT_EQ(Decode(Spec(), ending).cause, "killed by SIGBUS");
  ending.model_bytes_after = 4146;
  EXPECT_EQ(Decode(Spec(), ending).cause,
            "model file shrank or could not be read (was 3087467104 bytes, now 4146)");
  ending.model_bytes_after.reset();
  EXPECT_EQ(Decode(Spec(), ending).cause,
            "model file shrank or could not be read (was 3087467104 bytes, now gone)");
}

TEST(Decode, ATimeoutBoundsTimeAndMemoryFromBelow) {
  Ending ending;
  ending.stop = Stop::kTimeout;
  ending.stopped_after = 60.5;
  ending.reaped_after = 61;
  ending.wait_status = Killed(SIGTERM);
  ending.peak_anon = 5;
  ending.peak_rss = 6;
  const Observation seen = Decode(Spec(), ending);
  EXPECT_EQ(seen.outcome, Outcome::kTimeout);
  EXPECT_THAT(seen.at_least,
              ElementsAre(Pair("elapsed", 60.5), Pair("peak_anon", 5), Pair("peak_rss", 6)));
  EXPECT_EQ(seen.signal, SIGTERM);
}

TEST(Decode, NeverSampledMemoryIsNotABoundOfZero) {
  Ending ending;
  ending.stop = Stop::kTimeout;
  ending.wait_status = Killed(SIGTERM);
  EXPECT_THAT(Decode(Spec(), ending).at_least, ElementsAre(Pair("elapsed", 0)));
}

TEST(Decode, AWorkerLeftBehindHasNoExitCode) {
  Ending ending;
  ending.stop = Stop::kTimeout;
  ending.unkillable = true;
  const Observation seen = Decode(Spec(), ending);
  EXPECT_EQ(seen.outcome, Outcome::kTimeout);
  EXPECT_TRUE(seen.unkillable);
  EXPECT_EQ(seen.exit_code, -1);
  EXPECT_EQ(seen.signal, 0);
}

}  // namespace
}  // namespace falsify::harness
