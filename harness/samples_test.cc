#include "harness/samples.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TrialRecord Trial(Outcome outcome, const std::string& workload) {
  TrialRecord trial;
  trial.workload = workload;
  trial.observation.outcome = outcome;
  trial.observation.measures = {{"ttft", 1.5}};
  trial.observation.at_least = {{"elapsed", 60.0}, {"peak_anon", 7e9}};
  return trial;
}

Sample Of(const TrialRecord& trial, const char* measure) {
  return SampleOf(trial, *FindMeasure(measure), /*work=*/600);
}

TEST(SampleOf, IsAPointForATrialThatEndedWell) {
  const Sample sample = Of(Trial(Outcome::kOk, "first_token(prompt_tokens=9)"), "ttft");
  EXPECT_EQ(sample.value.lo, 1.5);
  EXPECT_EQ(sample.value.hi, 1.5);
  EXPECT_FALSE(sample.failed);
  EXPECT_FALSE(sample.missing);
}

TEST(SampleOf, SaysWhenTheMeasureIsNotThere) {
  EXPECT_TRUE(Of(Trial(Outcome::kOk, "open"), "load_time").missing);
}

TEST(SampleOf, BoundsTimesByATimeoutFromBelow) {
  TrialRecord trial = Trial(Outcome::kTimeout, "first_token(prompt_tokens=9)");
  trial.observation.at_least["ttft"] = 60.0;
  EXPECT_EQ(Of(trial, "ttft").value.lo, 60.0);
  EXPECT_EQ(Of(trial, "ttft").value.hi, kInfinity);
  // The load may have been over long before the timeout.
  EXPECT_EQ(Of(trial, "load_time").value.lo, 0.0);
}

TEST(SampleOf, BoundsPeaksByWhatWasSeenAndRatesFromAbove) {
  const TrialRecord trial = Trial(Outcome::kTimeout, "touch");
  EXPECT_EQ(Of(trial, "peak_anon").value.lo, 7e9);
  EXPECT_EQ(Of(trial, "peak_anon").value.hi, kInfinity);
  EXPECT_EQ(Of(trial, "throughput").value.lo, 0.0);
  EXPECT_EQ(Of(trial, "throughput").value.hi, 10.0);
}

TEST(SampleOf, AMemoryKillBoundsMemoryAndSaysNothingOfTime) {
  const TrialRecord trial = Trial(Outcome::kOom, "first_token(prompt_tokens=9)");
  EXPECT_EQ(Of(trial, "peak_anon").value.lo, 7e9);
  EXPECT_FALSE(Of(trial, "peak_anon").failed);
  EXPECT_TRUE(Of(trial, "ttft").failed);
}

TEST(SampleOf, AFailedTrialSaysNothing) {
  for (const Outcome outcome : {Outcome::kCrash, Outcome::kRefused, Outcome::kUnavailable}) {
    const Sample sample = Of(Trial(outcome, "first_token(prompt_tokens=9)"), "ttft");
    EXPECT_TRUE(sample.failed);
    EXPECT_EQ(sample.value.lo, -kInfinity);
    EXPECT_EQ(sample.value.hi, kInfinity);
  }
}

}  // namespace
}  // namespace falsify::harness
