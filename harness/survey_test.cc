#include "harness/survey.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/scripted_run.h"

namespace falsify::harness {
namespace {

using ::testing::ElementsAre;

class SurveyTest : public ScriptedRun {
 protected:
  Result<Record> Run(const Study& study, const SurveyPlan& plan) {
    Result<Journal> journal = Journal::Create(JournalPath());
    if (!journal) return Fail(journal.error());
    JournalSteps steps(*journal, {}, host);
    NobodyWatches listener;
    const ResolveModel resolve = [](const ModelSpec& model,
                                    const std::optional<ModelSize>&) -> Result<ModelFile> {
      return ModelFile{std::get<std::string>(model.origin), {}};
    };
    return RunSurvey(study, plan, {host, runner, steps, listener, resolve});
  }

  static TrialKey Key(const std::string& subject, Cache cache) {
    return {.subject = subject,
            .workload = {"first_token", 9},
            .cache = cache,
            .threads = 2,
            .timeout_seconds = 60};
  }
};

TEST_F(SurveyTest, RunsEveryKeyOncePerBlockAndSummarises) {
  const Study study = StudyOf({"a", "b"});
  runner.trial = [](const TrialSpec& spec) { return Took(spec.loader.name == "a" ? 1.0 : 3.0); };
  const Result<Record> record =
      Run(study, {{Key("a", Cache::kWarm), Key("b", Cache::kCold)}, 7, 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(runner.trials.size(), 7U * 2 + 1);  // one burn-in, of the warm one
  ASSERT_EQ(record->summaries.size(), 2U);
  for (const SummaryRecord& summary : record->summaries) {
    EXPECT_EQ(summary.trials, 7);
    EXPECT_EQ(summary.measures.at("ttft").value, summary.subject == "a" ? 1.0 : 3.0);
  }
  EXPECT_TRUE(record->hypotheses.empty());
}

TEST_F(SurveyTest, GoesOnWithoutASubjectThatHoldsOtherBytesAndSaysSo) {
  const Study study = StudyOf({"a", "liar"});
  runner.held = {{"liar", "zeros"}};
  runner.trial = [](const TrialSpec&) { return Took(1.0); };
  const Result<Record> record =
      Run(study, {{Key("a", Cache::kWarm), Key("liar", Cache::kWarm)}, 3, 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->summaries.size(), 1U);
  EXPECT_THAT(record->warnings,
              ElementsAre("liar: the loader does not hold the model's bytes: payload digest "
                          "expected, zeros held"));
}

TEST_F(SurveyTest, KeepsDisturbedBlocksAndCountsThem) {
  const Study study = StudyOf({"a"});
  host.slowness = [](double now) { return now > 2.5 && now < 4.5 ? 3.0 : 1.0; };
  runner.trial = [](const TrialSpec&) { return Took(1.0); };
  const Result<Record> record = Run(study, {{Key("a", Cache::kWarm)}, 10, 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->summaries.at(0).trials, 10);
  EXPECT_THAT(record->warnings,
              ElementsAre(::testing::HasSubstr("the host was disturbed during ")));
}

}  // namespace
}  // namespace falsify::harness
