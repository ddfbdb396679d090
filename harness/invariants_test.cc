#include "harness/invariants.h"

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

TrialRecord Ended(Outcome outcome) {
  TrialRecord trial;
  trial.observation.outcome = outcome;
  return trial;
}

Sample Of(const TrialRecord& trial, const char* measure, const Expected& expected = {}) {
  return HoldsIn(trial, *FindMeasure(measure), expected);
}

void ExpectAnswer(const Sample& sample, double holds) {
  EXPECT_FALSE(sample.failed);
  EXPECT_FALSE(sample.missing);
  EXPECT_EQ(sample.value.lo, holds);
  EXPECT_EQ(sample.value.hi, holds);
}

TEST(Invariants, ComparePayloadsByDigest) {
  TrialRecord trial = Ended(Outcome::kOk);
  trial.observation.digests["payload"] = "a";
  ExpectAnswer(Of(trial, "same_payload", {.payload_digest = "a"}), 1);
  ExpectAnswer(Of(trial, "same_payload", {.payload_digest = "b"}), 0);
  EXPECT_EQ(WhyItDoesNotHold(trial, *FindMeasure("same_payload"), {.payload_digest = "b"}),
            "holds a, not b");
}

TEST(Invariants, AnswerNothingWithoutSomethingToCompareWith) {
  TrialRecord trial = Ended(Outcome::kOk);
  trial.observation.digests["payload"] = "";
  EXPECT_TRUE(Of(trial, "same_payload").missing);
  EXPECT_TRUE(Of(Ended(Outcome::kOk), "same_payload", {.payload_digest = "a"}).missing);
  EXPECT_TRUE(Of(Ended(Outcome::kOk), "aligned", {.alignment = 64}).missing);
}

TEST(Invariants, TakeWrongValuesForAnotherPayload) {
  TrialRecord trial = Ended(Outcome::kRefused);
  trial.observation.error = Error{"LOADER_VALUES", "x", "values differ", {}};
  ExpectAnswer(Of(trial, "same_payload", {.payload_digest = "a"}), 0);
  trial.observation.error = Error{"IO_OPEN", "x", "gone", {}};
  EXPECT_TRUE(Of(trial, "same_payload", {.payload_digest = "a"}).failed);
}

TEST(Invariants, CompareFirstTokens) {
  TrialRecord trial = Ended(Outcome::kOk);
  trial.observation.digests["first_token"] = "17";
  ExpectAnswer(Of(trial, "same_first_token", {.first_token = "17"}), 1);
  ExpectAnswer(Of(trial, "same_first_token", {.first_token = "18"}), 0);
}

TEST(Invariants, DemandThatWeightsWereDisturbedAtAll) {
  TrialRecord trial = Ended(Outcome::kOk);
  trial.observation.measures = {{"tensors_disturbed", 0}, {"tensors_ignored", 0}};
  EXPECT_TRUE(Of(trial, "weights_used").missing);
  trial.observation.measures = {{"tensors_disturbed", 9}, {"tensors_ignored", 0}};
  ExpectAnswer(Of(trial, "weights_used"), 1);
  trial.observation.measures = {{"tensors_disturbed", 9}, {"tensors_ignored", 1}};
  ExpectAnswer(Of(trial, "weights_used"), 0);
}

TEST(Invariants, DemandThatEveryMalformedFileIsRefused) {
  TrialRecord trial = Ended(Outcome::kOk);
  trial.observation.measures = {{"malformed_files", 0}, {"malformed_refused", 0}};
  EXPECT_TRUE(Of(trial, "rejects_malformed").missing);
  trial.observation.measures = {{"malformed_files", 70}, {"malformed_refused", 70}};
  ExpectAnswer(Of(trial, "rejects_malformed"), 1);
  trial.observation.measures["malformed_refused"] = 69;
  trial.observation.digests["not_refused"] = "st-1: accepted";
  ExpectAnswer(Of(trial, "rejects_malformed"), 0);
  EXPECT_EQ(WhyItDoesNotHold(trial, *FindMeasure("rejects_malformed"), {}),
            "1 of 70 malformed files were not refused: st-1: accepted");
}

TEST(Invariants, KnowAlignmentAndLeaks) {
  TrialRecord trial = Ended(Outcome::kOk);
  trial.observation.measures = {
      {"alignment", 32}, {"rss_growth_per_cycle", 100}, {"descriptor_growth_per_cycle", 0}};
  ExpectAnswer(Of(trial, "aligned", {.alignment = 32}), 1);
  ExpectAnswer(Of(trial, "aligned", {.alignment = 64}), 0);
  ExpectAnswer(Of(trial, "no_leak"), 1);
  trial.observation.measures["rss_growth_per_cycle"] = 4096;
  ExpectAnswer(Of(trial, "no_leak"), 0);
  trial.observation.measures["rss_growth_per_cycle"] = 0;
  trial.observation.measures["descriptor_growth_per_cycle"] = 1;
  ExpectAnswer(Of(trial, "no_leak"), 0);
}

TEST(Invariants, LeaveAStoppedTrialOpenAndCountACrashAsFailed) {
  const Sample stopped = Of(Ended(Outcome::kTimeout), "no_leak");
  EXPECT_EQ(stopped.value.lo, 0);
  EXPECT_EQ(stopped.value.hi, 1);
  EXPECT_TRUE(Of(Ended(Outcome::kCrash), "no_leak").failed);
}

}  // namespace
}  // namespace falsify::harness
