#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "harness/scripted_run.h"

/// Ways of measuring nothing, or the wrong thing. None of them may PASS, and none may exit 0.
namespace falsify::harness {
namespace {

struct Vacuous {
  const char* name;
  std::function<void(ScriptedHost&, ScriptedRunner&, Study&, RunOptions&)> spoil;
};

Observation Without(const std::string& measure) {
  Observation seen = Took(1.0);
  seen.measures.erase(measure);
  return seen;
}

Observation Ended(Outcome outcome) {
  Observation seen;
  seen.outcome = outcome;
  seen.cause = "ended early";
  return seen;
}

const std::vector<Vacuous>& Cases() {
  using Host = ScriptedHost;
  using Runner = ScriptedRunner;
  static const std::vector<Vacuous> kCases = {
      {"NoHypothesis", [](Host&, Runner&, Study& study, RunOptions&) { study.hypotheses.clear(); }},
      {"NoTime", [](Host&, Runner&, Study&, RunOptions& o) { o.max_seconds = 0; }},
      {"MeasureNeverEmitted",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) { return Without("ttft"); };
       }},
      {"MeasureEmittedOnce",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec& s) { return s.number == 3 ? Took(1) : Without("ttft"); };
       }},
      {"NotANumber",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) {
           Observation seen = Took(1.0);
           seen.measures["ttft"] = std::nan("");
           return seen;
         };
       }},
      {"MinusInfinity",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) {
           Observation seen = Took(1.0);
           seen.measures["ttft"] = -std::numeric_limits<double>::infinity();
           return seen;
         };
       }},
      {"EveryTrialTimesOut",
       [](Host&, Runner& r, Study& study, RunOptions&) {
         study.hypotheses[0].timeout_seconds = 2;
         r.trial = [](const TrialSpec&) { return TimedOutAfter(2); };
       }},
      {"EveryTrialTimesOutBeforeTheThreshold",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) { return TimedOutAfter(1); };
       }},
      {"WorkerSilent",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) { return Ended(Outcome::kCrash); };
       }},
      {"WorkerRefuses",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) { return Ended(Outcome::kRefused); };
       }},
      {"KilledForMemory",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) { return Ended(Outcome::kOom); };
       }},
      {"LoaderUnavailable",
       [](Host&, Runner& r, Study&, RunOptions&) {
         r.trial = [](const TrialSpec&) { return Ended(Outcome::kUnavailable); };
       }},
      {"EvictionRefused",
       [](Host& host, Runner&, Study& study, RunOptions&) {
         host.cold_problem = "3 of 7 pages stay";
         study.hypotheses[0].cache = Cache::kCold;
       }},
      {"ColdFileServedFromTheCache",
       [](Host&, Runner& r, Study& study, RunOptions&) {
         study.hypotheses[0].cache = Cache::kCold;
         r.trial = [](const TrialSpec&) {
           Observation seen = Took(1.0);
           seen.measures["storage_bytes"] = 0;
           return seen;
         };
       }},
      {"WarmFileEvictedHalfway",
       [](Host& host, Runner&, Study&, RunOptions&) { host.warm_problem = "half of it is gone"; }},
      {"ModelChangedBetweenTrials",
       [](Host& host, Runner& r, Study&, RunOptions&) {
         r.trial = [&host](const TrialSpec& s) {
           if (s.number == 3) host.identity = "another";
           return Took(1.0);
         };
       }},
      {"LoaderHoldsOtherBytes",
       [](Host&, Runner& r, Study&, RunOptions&) { r.held["fast"] = "zeros"; }},
      {"LoaderHoldsNothing", [](Host&, Runner& r, Study&, RunOptions&) { r.held["fast"] = ""; }},
      {"ZeroBytePayload", [](Host&, Runner& r, Study&, RunOptions&) { r.payload_bytes = 0; }},
      {"ControlIsTheSubjectAgain",
       [](Host&, Runner&, Study& study, RunOptions&) { study.hypotheses[0].control = "twin"; }},
      {"SabotageDoesNothing",
       [](Host&, Runner& r, Study&, RunOptions&) { r.obeys_sabotage = false; }},
      {"PrecisionDiffers",
       [](Host&, Runner& r, Study& study, RunOptions&) {
         study.models.push_back({"n", std::string("/n"), {}});
         study.subjects[1].model = "n";
         r.digest_of["/n"] = "other weights";
         study.hypotheses[0].relative_to = Relative{Relative::To::kSubject, "twin"};
       }},
      {"NoWeightDisturbed",
       [](Host&, Runner& r, Study& study, RunOptions&) {
         study.hypotheses[0] = Keeps("H1", "fast", "weights_used", "weights_used");
         r.trial = [](const TrialSpec&) {
           Observation seen = Took(1.0);
           seen.measures["tensors_disturbed"] = 0;
           seen.measures["tensors_ignored"] = 0;
           return seen;
         };
       }},
      {"NoMalformedFile",
       [](Host&, Runner& r, Study& study, RunOptions&) {
         study.hypotheses[0] = Keeps("H1", "fast", "rejects_malformed", "reject");
         r.trial = [](const TrialSpec&) {
           Observation seen = Took(1.0);
           seen.measures["malformed_files"] = 0;
           seen.measures["malformed_refused"] = 0;
           return seen;
         };
       }},
      {"TooFewBlocks",
       [](Host&, Runner&, Study& study, RunOptions&) {
         study.hypotheses[0].blocks = {.min = 1, .max = 4, .max_given = true};
       }},
      {"MemberCouldNotBeTested",
       [](Host&, Runner& r, Study& study, RunOptions&) {
         Hypothesis all;
         all.id = "all";
         all.claim = "all of nothing";
         all.all_of = {"H1"};
         study.hypotheses.push_back(all);
         r.trial = [](const TrialSpec&) { return Without("ttft"); };
       }},
  };
  return kCases;
}

class VacuousPassTest : public ScriptedRun, public ::testing::WithParamInterface<std::size_t> {
 protected:
  void SetUp() override {
    folder = std::filesystem::path(::testing::TempDir()) /
             ("falsify-vacuous-" + std::to_string(GetParam()));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
};

TEST_P(VacuousPassTest, IsNoPassAndNoExitZero) {
  Study study = StudyOf({"fast", "twin"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  runner.trial = [](const TrialSpec&) { return Took(1.0); };
  RunOptions options = {.seed = 1};
  Cases()[GetParam()].spoil(host, runner, study, options);
  const Result<Record> record = Run(study, options);
  if (!record) return;  // the tool exits 2 or 4
  EXPECT_NE(record->exit_code, 0);
  EXPECT_NE(record->verdict, criteria::Verdict::kPass);
  for (const HypothesisRecord& h : record->hypotheses) {
    EXPECT_NE(h.verdict, criteria::Verdict::kPass) << h.why;
  }
}

class UnspoiltTest : public ScriptedRun {};

TEST_F(UnspoiltTest, Passes) {
  Study study = StudyOf({"fast", "twin"});
  study.hypotheses = {TtftBelowTwo("H1", "fast")};
  runner.trial = [](const TrialSpec&) { return Took(1.0); };
  const Result<Record> record = Run(study, {.seed = 1});
  ASSERT_TRUE(record) << record.error().Line();
  EXPECT_EQ(record->exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(Way, VacuousPassTest, ::testing::Range(std::size_t{0}, Cases().size()),
                         [](const auto& test) { return std::string(Cases()[test.param].name); });

}  // namespace
}  // namespace falsify::harness
