#include "harness/experiment.h"

#include <algorithm>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/scripted_run.h"

namespace falsify::harness {
namespace {

using criteria::Verdict;
using ::testing::HasSubstr;

using ExperimentTest = ScriptedRun;

/// Seconds each subject takes.
std::function<Observation(const TrialSpec&)> Timed(std::map<std::string, double> seconds) {
  return [=](const TrialSpec& spec) { return Took(seconds.at(spec.loader.name)); };
}

int TrialsOf(const Record& record, const std::string& subject, const std::string& role) {
  return static_cast<int>(
      std::count_if(record.trials.begin(), record.trials.end(),
                    [&](const TrialRecord& t) { return t.subject == subject && t.role == role; }));
}

TEST_F(ExperimentTest, PassesAFastSubjectAfterFiveBlocks) {
  Study study = StudyOf({"fast"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  runner.trial = Timed({{"fast", 1.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  const HypothesisRecord& h = record->hypotheses.at(0);
  EXPECT_EQ(h.verdict, Verdict::kPass);
  EXPECT_EQ(h.blocks, 5);
  EXPECT_EQ(h.trials, 5);
  EXPECT_TRUE(h.proved);
  EXPECT_EQ(record->exit_code, 0);
  EXPECT_EQ(TrialsOf(*record, "fast", "burn-in"), 1);
}

TEST_F(ExperimentTest, FalsifiesASlowSubjectAndNamesTheTrials) {
  Study study = StudyOf({"slow"});
  study.hypotheses = {TtftBelowTwo("H1", "slow")};
  runner.trial = Timed({{"slow", 9.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  const HypothesisRecord& h = record->hypotheses.at(0);
  EXPECT_EQ(h.verdict, Verdict::kFalsified);
  EXPECT_EQ(h.blocks, 5);
  EXPECT_EQ(h.counterexamples.size(), 5U);
  EXPECT_TRUE(h.proved);
  EXPECT_EQ(record->exit_code, 1);
}

TEST_F(ExperimentTest, CountsATimeoutAgainstTheClaim) {
  Study study = StudyOf({"hung"});
  study.hypotheses = {TtftBelowTwo("H1", "hung")};
  runner.trial = [](const TrialSpec&) { return TimedOutAfter(60); };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kFalsified);
  EXPECT_TRUE(record->hypotheses.at(0).estimate.value_at_least);
  EXPECT_EQ(record->hypotheses.at(0).estimate.low, 60.0);
  EXPECT_FALSE(record->hypotheses.at(0).estimate.high.has_value());
}

TEST_F(ExperimentTest, MakesNoClaimOnMemoryFromATimeout) {
  Study study = StudyOf({"hung"});
  Hypothesis h = TtftBelowTwo("H1", "hung");
  h.measure = "peak_anon";
  h.predict.threshold = 75;
  h.blocks = {.min = 5, .max = 8, .max_given = true};
  study.hypotheses = {h};
  runner.trial = [](const TrialSpec&) { return TimedOutAfter(60); };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInconclusive);
}

TEST_F(ExperimentTest, DoesNotCountCrashesAsSlow) {
  Study study = StudyOf({"broken"});
  study.hypotheses = {TtftBelowTwo("H1", "broken")};
  runner.trial = [](const TrialSpec&) { return Crashed(); };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kError);
  EXPECT_EQ(record->exit_code, 4);
  EXPECT_EQ(record->hypotheses.at(0).failed, 3);
}

TEST_F(ExperimentTest, OneCrashCostsItsTrialOnly) {
  Study study = StudyOf({"fast"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  runner.trial = [](const TrialSpec& spec) { return spec.number == 3 ? Crashed() : Took(1.0); };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kPass);
  EXPECT_EQ(record->hypotheses.at(0).failed, 1);
  EXPECT_EQ(record->hypotheses.at(0).blocks, 12);  // n1: one block may violate
}

Hypothesis FasterThan(const std::string& subject, const std::string& other) {
  Hypothesis h = TtftBelowTwo("R", subject);
  h.relative_to = Relative{Relative::To::kSubject, other};
  h.predict.threshold = 1.25;
  h.predict.threshold_text = "1.25";
  return h;
}

TEST_F(ExperimentTest, ComparesWithinBlocksInRandomOrder) {
  Study study = StudyOf({"a", "b"});
  Hypothesis h = FasterThan("a", "b");
  h.blocks = {.min = 30, .max = 40, .max_given = true};
  study.hypotheses = {h};
  // Both drift by the same factor: every ratio stays 1, no single time means anything.
  int blocks = 0;
  runner.trial = [&](const TrialSpec&) { return Took(1.0 + (blocks++ / 2)); };
  const Result<Record> record = Run(study, {.seed = 7});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kPass);
  EXPECT_EQ(record->hypotheses.at(0).unit, "x");
  EXPECT_DOUBLE_EQ(*record->hypotheses.at(0).estimate.value, 1.0);
  std::set<std::string> first_of_block;
  for (std::size_t i = 2; i < runner.trials.size(); i += 2) {
    EXPECT_NE(runner.trials[i].loader.name, runner.trials[i + 1].loader.name);
    first_of_block.insert(runner.trials[i].loader.name);
  }
  EXPECT_EQ(first_of_block.size(), 2U);
}

TEST_F(ExperimentTest, RefusesToCompareDifferentWeights) {
  Study study = StudyOf({"a", "b"});
  study.models.push_back({"other", std::string("/other"), {}});
  study.subjects[1].model = "other";
  study.hypotheses = {FasterThan("a", "b")};
  runner.digest_of = {{"/other", "digest-of-4-bit"}};
  runner.trial = Timed({{"a", 1.0}, {"b", 2.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
  EXPECT_THAT(record->hypotheses.at(0).why, HasSubstr("precision is not matched: \"a\""));
  EXPECT_TRUE(runner.trials.empty());
}

TEST_F(ExperimentTest, ComparesModelsThatDifferOnlyInTheWidthOfVectorsAndListsThose) {
  Study study = StudyOf({"a", "b"});
  study.models.push_back({"other", std::string("/other"), {}});
  study.subjects[1].model = "other";
  study.hypotheses = {FasterThan("a", "b")};
  runner.digest_of = {{"/m", "narrow"}, {"/other", "wide"}};
  runner.matched_of = {{"/m", "same"}, {"/other", "same"}};
  runner.vectors_of = {{"/m", {{"model.norm.weight", "BF16"}, {"rest", "F32"}}},
                       {"/other", {{"model.norm.weight", "F32"}, {"rest", "F32"}}}};
  runner.trial = Timed({{"a", 1.0}, {"b", 2.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kPass);
  EXPECT_THAT(record->hypotheses.at(0).stored_wider,
              ::testing::ElementsAre("model.norm.weight: BF16 in a, F32 in b"));
}

TEST_F(ExperimentTest, PrecisionAnyNeverPasses) {
  Study study = StudyOf({"a", "b"});
  study.models.push_back({"other", std::string("/other"), {}});
  study.subjects[1].model = "other";
  Hypothesis h = FasterThan("a", "b");
  h.precision = Precision::kAny;
  study.hypotheses = {h};
  runner.digest_of = {{"/other", "digest-of-4-bit"}};
  runner.trial = Timed({{"a", 1.0}, {"b", 2.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
  EXPECT_THAT(record->hypotheses.at(0).why, HasSubstr("can never PASS"));
}

TEST_F(ExperimentTest, SharesATrialBetweenHypothesesInARound) {
  Study study = StudyOf({"fast"});
  Hypothesis memory = TtftBelowTwo("H2", "fast");
  memory.measure = "peak_anon";
  memory.predict.threshold = 500;
  study.hypotheses = {TtftBelowTwo("H1", "fast"), memory};
  runner.trial = Timed({{"fast", 1.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->verdict, Verdict::kPass);
  EXPECT_EQ(TrialsOf(*record, "fast", "block"), 5);
  EXPECT_EQ(record->trials.at(5).hypotheses.size(), 2U);
}

TEST_F(ExperimentTest, CatchesALoaderThatHoldsOtherBytes) {
  Study study = StudyOf({"liar"});
  study.hypotheses = {TtftBelowTwo("H1", "liar")};
  runner.held = {{"liar", "nothing"}};
  runner.trial = Timed({{"liar", 0.001}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
  EXPECT_THAT(record->hypotheses.at(0).why, HasSubstr("does not hold the model's bytes"));
  EXPECT_EQ(record->exit_code, 3);
}

TEST_F(ExperimentTest, AMissingModelIsAnErrorBeforeAnyTrial) {
  Study study = StudyOf({"fast"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  runner.missing_model = "/m";
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().Line(), "/m: cannot open: No such file or directory [IO_OPEN]");
}

TEST_F(ExperimentTest, AnUnreachableCacheStateIsInvalid) {
  Study study = StudyOf({"fast"});
  Hypothesis h = TtftBelowTwo("H1", "fast");
  h.cache = Cache::kCold;
  study.hypotheses = {h};
  host.cold_problem = "12 pages stay";
  runner.trial = Timed({{"fast", 1.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
  EXPECT_THAT(record->hypotheses.at(0).why, HasSubstr("12 pages stay"));
}

TEST_F(ExperimentTest, AColdTrialServedFromTheCacheIsInvalid) {
  Study study = StudyOf({"fast"});
  Hypothesis h = TtftBelowTwo("H1", "fast");
  h.cache = Cache::kCold;
  study.hypotheses = {h};
  runner.trial = [](const TrialSpec&) {
    Observation seen = Took(1.0);
    seen.measures["storage_bytes"] = 500;
    return seen;
  };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
  EXPECT_THAT(record->hypotheses.at(0).why, HasSubstr("cold state lost"));
}

TEST_F(ExperimentTest, AWarmFileEvictedDuringTheTrialIsInvalid) {
  Study study = StudyOf({"fast"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  host.warm_problem = "half of it is gone";
  runner.trial = Timed({{"fast", 1.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
}

TEST_F(ExperimentTest, AModelThatChangesMeanwhileIsInvalid) {
  Study study = StudyOf({"fast"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  runner.trial = [&](const TrialSpec&) {
    host.identity += "!";
    return Took(1.0);
  };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_THAT(record->hypotheses.at(0).why, HasSubstr("the model file changed"));
}

TEST_F(ExperimentTest, AMeasureThatIsNotThereIsInvalidNotPass) {
  Study study = StudyOf({"fast"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  runner.trial = [](const TrialSpec&) {
    Observation seen = Took(1.0);
    seen.measures.erase("ttft");
    return seen;
  };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
}

TEST_F(ExperimentTest, AControlThatIsCaughtProvesThePass) {
  Study study = StudyOf({"fast", "slow"});
  Hypothesis h = TtftBelowTwo("H1", "fast");
  h.control = "slow";
  study.hypotheses = {h};
  runner.trial = Timed({{"fast", 1.0}, {"slow", 9.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kPass);
  EXPECT_TRUE(record->hypotheses.at(0).proved);
  EXPECT_EQ(record->hypotheses.at(0).control->verdict, Verdict::kFalsified);
  EXPECT_EQ(record->hypotheses.at(0).trials, 5);
  EXPECT_EQ(TrialsOf(*record, "slow", "control"), 5);
}

TEST_F(ExperimentTest, AControlThatIsNotCaughtTakesThePassAway) {
  Study study = StudyOf({"fast", "also-fast"});
  Hypothesis h = TtftBelowTwo("H1", "fast");
  h.control = "also-fast";
  study.hypotheses = {h};
  runner.trial = Timed({{"fast", 1.0}, {"also-fast", 1.1}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
  EXPECT_THAT(record->hypotheses.at(0).why,
              HasSubstr("nothing shows that this test can fail: control \"also-fast\" was PASS"));
}

TEST_F(ExperimentTest, AControlsOwnTrialsServeAsItsBlocks) {
  Study study = StudyOf({"fast", "slow"});
  Hypothesis h = TtftBelowTwo("H1", "fast");
  h.control = "slow";
  study.hypotheses = {h, TtftBelowTwo("H2", "slow")};
  runner.trial = Timed({{"fast", 1.0}, {"slow", 9.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_TRUE(record->hypotheses.at(0).proved);
  EXPECT_EQ(TrialsOf(*record, "slow", "control"), 0);
}

TEST_F(ExperimentTest, SetsBlocksAsideWhileTheHostIsSlowButNeverBytes) {
  Study study = StudyOf({"steady"});
  Hypothesis bytes = TtftBelowTwo("H2", "steady");
  bytes.measure = "peak_anon";
  bytes.predict.threshold = 500;
  study.hypotheses = {TtftBelowTwo("H1", "steady"), bytes};
  // A slow host makes the claim look false for longer than the gate waits.
  host.slowness = [](double now) { return now > 2 && now < 60 ? 3.0 : 1.0; };
  runner.trial = [&](const TrialSpec&) { return Took(host.slowness(host.now) > 1 ? 5.0 : 1.0); };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  const HypothesisRecord& time = record->hypotheses.at(0);
  EXPECT_EQ(time.verdict, Verdict::kPass);
  EXPECT_LT(time.falsify.n, time.blocks);
  EXPECT_EQ(time.falsify.violations, 0);
  EXPECT_EQ(record->hypotheses.at(1).falsify.n, record->hypotheses.at(1).blocks);
  EXPECT_EQ(record->hypotheses.at(1).blocks, 5);
}

TEST_F(ExperimentTest, ReopensAFalsifiedThatTheFinalReferenceDoesNotBear) {
  Study study = StudyOf({"steady"});
  Hypothesis h = TtftBelowTwo("H1", "steady");
  h.watch_seconds = 60;
  study.hypotheses = {h};
  // Slow from the start, so that nothing looks disturbed until the host recovers.
  host.slowness = [](double now) { return now < 30 ? 2.0 : 1.0; };
  runner.trial = [&](const TrialSpec&) { return Took(host.slowness(host.now) > 1 ? 2.5 : 1.0); };
  const Result<Record> first = Run(study, {.seed = 1});
  ASSERT_TRUE(first) << first.error().Line();
  EXPECT_EQ(first->hypotheses.at(0).verdict, Verdict::kPass);
}

TEST_F(ExperimentTest, EndsUndecidedWhenTheTimeIsSpent) {
  Study study = StudyOf({"mixed"});
  study.hypotheses = {TtftBelowTwo("H1", "mixed")};
  runner.trial = [](const TrialSpec& spec) { return Took(spec.number % 2 == 0 ? 1.0 : 3.0); };
  const Result<Record> record = Run(study, {.seed = 1, .max_seconds = 15});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInconclusive);
  EXPECT_EQ(record->hypotheses.at(0).stop, "out of time");
  EXPECT_EQ(record->exit_code, 3);
}

TEST_F(ExperimentTest, OnlyRunsWhatIsAskedForAtTheWholeStudysErrorRate) {
  Study study = StudyOf({"slow"});
  for (int i = 1; i <= 8; ++i) {
    study.hypotheses.push_back(TtftBelowTwo("H" + std::to_string(i), "slow"));
  }
  runner.trial = Timed({{"slow", 9.0}});
  const Result<Record> record = Run(study, {.seed = 1, .only = {"H2"}});
  ASSERT_TRUE(record) << record.error().Line();
  ASSERT_EQ(record->hypotheses.size(), 1U);
  EXPECT_EQ(record->hypotheses.at(0).blocks, 9);
  const Result<Record> unknown = Run(study, {.seed = 1, .only = {"H9"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "RUN_ONLY");
}

TEST_F(ExperimentTest, SaysWhereMemoryIsTooShortInsteadOfTrying) {
  Study study = StudyOf({"read-copy-f32"});
  study.hypotheses = {TtftBelowTwo("H1", "read-copy-f32")};
  host.available_bytes = 3000;
  runner.trial = Timed({{"read-copy-f32", 1.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kInvalid);
  EXPECT_THAT(record->hypotheses.at(0).why, HasSubstr("of memory"));
  EXPECT_TRUE(runner.trials.empty());
}

TEST_F(ExperimentTest, KeepsTheMemoryOfALargeLoaderBetweenItsTrials) {
  Study study = StudyOf({"read-copy-f32"});
  study.hypotheses = {TtftBelowTwo("H1", "read-copy-f32")};
  runner.payload_bytes = std::uint64_t{1} << 30;
  runner.trial = Timed({{"read-copy-f32", 9.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  // Of the proof, the burn-in and five blocks: primed before, kept after.
  EXPECT_EQ(host.primed.size(), 7U);
  EXPECT_EQ(host.kept, host.primed);
  EXPECT_GT(host.kept.front(), std::uint64_t{2} << 30);
}

TEST_F(ExperimentTest, SaysHowLongItWaitedForAQuietHost) {
  Study study = StudyOf({"steady"});
  study.hypotheses = {TtftBelowTwo("H1", "steady")};
  host.slowness = [](double now) { return now > 2 && now < 12 ? 3.0 : 1.0; };
  runner.trial = Timed({{"steady", 1.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_GE(record->time_spent.waiting, 8);
  EXPECT_LE(record->time_spent.waiting, 11);
}

TEST_F(ExperimentTest, SaysWhenHostNoiseCannotBeChecked) {
  Study study = StudyOf({"fast"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  host.has_probes = false;
  runner.trial = Timed({{"fast", 1.0}});
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->hypotheses.at(0).verdict, Verdict::kPass);
  EXPECT_THAT(record->warnings, ::testing::ElementsAre(HasSubstr("host noise not checked")));
}

Study StudyToResume() {
  Study study = StudyOf({"fast", "slow"});
  Hypothesis proved = TtftBelowTwo("H1", "fast");
  proved.control = "slow";
  study.hypotheses = {proved, TtftBelowTwo("H2", "slow"), FasterThan("fast", "slow")};
  return study;
}

TEST_F(ExperimentTest, ResumesFromAnyTrialToTheSameVerdictsAtTheSameBlocks) {
  const Study study = StudyToResume();
  runner.trial = Timed({{"fast", 1.0}, {"slow", 9.0}});
  const Result<Record> whole = Run(study, {.seed = 5});
  ASSERT_TRUE(whole) << whole.error().Line();
  const int trials = static_cast<int>(whole->trials.size());
  ASSERT_GT(trials, 10);
  for (int at = 1; at <= trials; ++at) {
    runner.interrupt_at = at;
    const Result<Record> cut = Run(study, {.seed = 5});
    ASSERT_FALSE(cut);
    ASSERT_EQ(cut.error().code, "TRIAL_INTERRUPTED");
    runner.interrupt_at = -1;
    const Result<Record> resumed = Run(study, {.seed = 5}, /*resume=*/true);
    ASSERT_TRUE(resumed) << at << ": " << resumed.error().Line();
    ASSERT_EQ(resumed->trials.size(), whole->trials.size());
    for (std::size_t i = 0; i < whole->hypotheses.size(); ++i) {
      EXPECT_EQ(resumed->hypotheses[i].verdict, whole->hypotheses[i].verdict) << at;
      EXPECT_EQ(resumed->hypotheses[i].blocks, whole->hypotheses[i].blocks) << at;
      EXPECT_EQ(resumed->hypotheses[i].falsify.e, whole->hypotheses[i].falsify.e) << at;
    }
  }
}

TEST_F(ExperimentTest, RefusesToResumeAnotherPlan) {
  const Study study = StudyToResume();
  runner.trial = Timed({{"fast", 1.0}, {"slow", 9.0}});
  runner.interrupt_at = 6;
  ASSERT_FALSE(Run(study, {.seed = 5}));
  runner.interrupt_at = -1;
  runner.digest_of = {{"/m", "other weights now"}};
  const Result<Record> resumed = Run(study, {.seed = 5}, /*resume=*/true);
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, "JOURNAL_PLAN");
}

}  // namespace
}  // namespace falsify::harness
