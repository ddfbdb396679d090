#include "harness/summary.h"

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

TrialRecord Trial(double ttft, const std::string& role = "block") {
  TrialRecord trial;
  trial.subject = "mapped";
  trial.workload = "first_token(prompt_tokens=9)";
  trial.cache = "warm";
  trial.role = role;
  trial.observation.measures = {{"ttft", ttft}};
  trial.observation.phases = {{"open", ttft / 4}, {"prefill", ttft * 3 / 4}};
  trial.observation.digests = {{"first_token", "5"}, {"logits", "x"}};
  return trial;
}

TEST(Summarise, TakesTheMedianOfUndisturbedTrialsThatEndedWell) {
  std::vector<TrialRecord> trials = {Trial(100, "burn-in"), Trial(4), Trial(1), Trial(2)};
  trials.push_back(Trial(50));
  trials.back().disturbed = true;
  trials.push_back(Trial(60));
  trials.back().observation.outcome = Outcome::kTimeout;
  const std::vector<SummaryRecord> summaries = Summarise(trials);
  ASSERT_EQ(summaries.size(), 1U);
  EXPECT_EQ(summaries[0].trials, 5);
  EXPECT_EQ(summaries[0].ok, 4);
  EXPECT_EQ(summaries[0].timeouts, 1);
  EXPECT_EQ(summaries[0].measures.at("ttft").value, 2.0);
  EXPECT_EQ(summaries[0].units.at("ttft"), "s");
  ASSERT_EQ(summaries[0].phases.size(), 2U);
  EXPECT_EQ(summaries[0].phases[1].seconds, 1.5);
}

TEST(Summarise, KeepsCacheStatesAndSubjectsApart) {
  std::vector<TrialRecord> trials = {Trial(1), Trial(9), Trial(1)};
  trials[1].cache = "cold";
  trials[2].subject = "other";
  EXPECT_EQ(Summarise(trials).size(), 3U);
}

TEST(Summarise, GivesADigestOnlyIfAllShareIt) {
  std::vector<TrialRecord> trials = {Trial(1), Trial(1)};
  EXPECT_EQ(Summarise(trials)[0].first_token, "5");
  trials[1].observation.digests["logits"] = "y";
  EXPECT_EQ(Summarise(trials)[0].logits, "");
  EXPECT_EQ(Summarise(trials)[0].first_token, "5");
}

TEST(Summarise, SaysNothingOfFailedTrials) {
  std::vector<TrialRecord> trials = {Trial(1)};
  trials[0].observation.outcome = Outcome::kCrash;
  const std::vector<SummaryRecord> summaries = Summarise(trials);
  ASSERT_EQ(summaries.size(), 1U);
  EXPECT_TRUE(summaries[0].measures.empty());
  EXPECT_TRUE(Summarise({}).empty());
}

}  // namespace
}  // namespace falsify::harness
