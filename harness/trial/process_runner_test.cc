// What a trial yields, whatever its worker does.
#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/trial/json_text.h"
#include "harness/trial/process_runner_fixture.h"
#include "harness/trial/process_tree.h"

namespace falsify::harness {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::Ge;
using testing::Le;
using testing::StartsWith;

TEST_F(ProcessRunnerTest, BelievesAGoodAnswerAndAddsWhatItSaw) {
  const Observation seen = Run("ok");
  EXPECT_EQ(seen.outcome, Outcome::kOk) << seen.cause << seen.stderr_tail;
  EXPECT_EQ(seen.measures.at("load_time"), 1e-6);
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.signal, 0);
  EXPECT_EQ(seen.cause, "");
  EXPECT_GT(seen.spawn_seconds, 0);
  EXPECT_GT(seen.wall_seconds, seen.spawn_seconds);
  EXPECT_FALSE(seen.unkillable);
}

TEST_F(ProcessRunnerTest, TellsTheWaysToCrashApart) {
  EXPECT_EQ(Run("segv").cause, "killed by SIGSEGV");
  EXPECT_EQ(Run("segv").signal, SIGSEGV);
  EXPECT_EQ(Run("segv").exit_code, -1);
  EXPECT_EQ(Run("abort").cause, "killed by SIGABRT");
  EXPECT_EQ(Run("silent").cause, "exited with 0 but did not answer");
  EXPECT_EQ(Run("exit-3").cause, "exited with 3");
  EXPECT_EQ(Run("exit-3").exit_code, 3);
  EXPECT_EQ(Run("close").cause, "exited with 0 but did not answer");
  EXPECT_EQ(Run("long").cause, "answer longer than 1048576 B");
  for (const char* behaviour : {"segv", "abort", "silent", "exit-3", "close", "long"}) {
    EXPECT_EQ(Run(behaviour).outcome, Outcome::kCrash) << behaviour;
  }
}

TEST_F(ProcessRunnerTest, TakesNothingForAnAnswerThatIsNotOne) {
  const auto raw = [&](const std::string& text) {
    return Run(Spec("raw", {{"text", text}})).cause;
  };
  EXPECT_EQ(raw("Model loaded."),
            "answer is not valid: not one JSON document, byte 1 of 13 [JSON_SYNTAX]");
  EXPECT_EQ(raw("{\"number\": NaN}"),
            "answer is not valid: not one JSON document, byte 12 of 15 [JSON_SYNTAX]");
  EXPECT_EQ(raw("{}"), "answer is not valid: number: is missing [OBSERVATION_FIELD]");
  EXPECT_EQ(Run("deep").cause, "answer is not valid: nested deeper than 16 [JSON_DEPTH]");
  EXPECT_EQ(Run("stale").cause,
            "answer is not valid: answers trial 7 with another nonce, asked was trial 7 "
            "[TRIAL_STALE]");
}

TEST_F(ProcessRunnerTest, NamesTheModelThatShrankUnderAMap) {
  TrialSpec spec = Spec("bus");
  spec.model_path = directory_.path() / "model";
  std::ofstream(spec.model_path) << std::string(8192, 'x');
  const Observation seen = Run(spec);
  EXPECT_EQ(seen.outcome, Outcome::kCrash);
  EXPECT_EQ(seen.cause, "model file shrank or could not be read (was 8192 bytes, now 10)");
}

TEST_F(ProcessRunnerTest, HandsOnWhyALoaderSaidNo) {
  Observation claim;
  claim.error = Error{.code = "ST_MAGIC", .where = "m", .what = "no", .hint = {}};
  const std::string refused = DumpLine(ToJson(claim));
  claim.error->code = "LOADER_UNAVAILABLE";
  const std::string unavailable = DumpLine(ToJson(claim));

  const Observation no = Run(Spec("claim", {{"observation", refused}}));
  EXPECT_EQ(no.outcome, Outcome::kRefused);
  EXPECT_EQ(no.cause, "m: no [ST_MAGIC]");
  const Observation cannot = Run(Spec("claim", {{"observation", unavailable}}));
  EXPECT_EQ(cannot.outcome, Outcome::kUnavailable);
  EXPECT_EQ(cannot.cause, "m: no [LOADER_UNAVAILABLE]");
}

TEST_F(ProcessRunnerTest, RefusesClaimsThatContradictTheKernel) {
  Observation claim;
  claim.measures["peak_rss"] = 1e15;
  const Observation seen = Run(Spec("claim", {{"observation", DumpLine(ToJson(claim))}}));
  EXPECT_EQ(seen.outcome, Outcome::kRefused);
  EXPECT_THAT(seen.cause, ContainsRegex("^claims peak_rss 10+ B, observed [0-9]+ B$"));
  EXPECT_TRUE(seen.measures.empty());
}

TEST_F(ProcessRunnerTest, DrainsAFloodAndKeepsItsEnd) {
  const Observation seen = Run(Spec("flood", {{"bytes", "209715200"}}));
  EXPECT_EQ(seen.outcome, Outcome::kOk) << seen.cause;
  EXPECT_LE(seen.stderr_tail.size(), 4096U);
  EXPECT_GT(seen.stderr_tail.size(), 4000U);
  EXPECT_THAT(seen.stderr_tail,
              StartsWith("[not kept: 209715200 B of stdout, 209711112 earlier B"));
  EXPECT_THAT(seen.stderr_tail, EndsWith("xxx\nthe end\n"));
}

TEST_F(ProcessRunnerTest, MakesHalfACharacterWhole) {
  EXPECT_EQ(Run("half-character").stderr_tail, "caf\xef\xbf\xbd");
}

TEST_F(ProcessRunnerTest, CensorsWhatOutlastsItsTimeout) {
  const Observation seen = Run(Impatient("hang"));
  EXPECT_EQ(seen.outcome, Outcome::kTimeout);
  EXPECT_EQ(seen.cause, "still running after 0.3 s");
  EXPECT_EQ(seen.signal, SIGTERM);
  EXPECT_THAT(seen.at_least.at("elapsed"), AllOf(Ge(0.3), Le(seen.wall_seconds)));
  EXPECT_GT(seen.at_least.at("peak_rss"), 0);
}

TEST_F(ProcessRunnerTest, CensoredMemoryIsWhatWasSeenSoFar) {
  TrialSpec spec = Spec("hang", {{"touch", "100000000"}});
  spec.timeout_seconds = 2;
  const Observation seen = Run(spec);
  EXPECT_EQ(seen.outcome, Outcome::kTimeout);
  EXPECT_GE(seen.at_least.at("peak_anon"), 100'000'000);
  EXPECT_GE(seen.at_least.at("peak_rss"), seen.at_least.at("peak_anon"));
}

TEST_F(ProcessRunnerTest, AsksBeforeItKills) {
  EXPECT_EQ(Run(Impatient("polite")).exit_code, 7);
  const Observation stubborn = Run(Impatient("stubborn"));
  EXPECT_EQ(stubborn.outcome, Outcome::kTimeout);
  EXPECT_EQ(stubborn.signal, SIGKILL);
}

TEST_F(ProcessRunnerTest, DoesNotCensorAWorkerThatAnsweredButWouldNotLeave) {
  TrialSpec spec = Spec("answer-and-hang");
  spec.timeout_seconds = 1;
  const Observation seen = Run(spec);
  EXPECT_EQ(seen.outcome, Outcome::kCrash);
  EXPECT_EQ(seen.cause, "answered but did not exit within 1 s");
  EXPECT_TRUE(seen.at_least.empty());
}

TEST_F(ProcessRunnerTest, StopsAWorkerAboveItsMemory) {
  TrialSpec spec = Spec("hang", {{"touch", "300000000"}});
  spec.memory_limit_bytes = 100'000'000;
  const Observation seen = Run(spec);
  EXPECT_EQ(seen.outcome, Outcome::kOom);
  EXPECT_THAT(seen.cause,
              ContainsRegex("^held [0-9]+ B of anonymous memory, 100000000 B allowed$"));
  EXPECT_GT(seen.at_least.at("peak_anon"), 100'000'000);
  EXPECT_FALSE(seen.at_least.contains("elapsed"));
}

TEST_F(ProcessRunnerTest, LosesOneTrialToAStrangersKill) {
  std::thread stranger([&] {
    Eventually([&] { return !Pids().empty(); });
    for (const pid_t pid : Pids()) kill(pid, SIGKILL);
  });
  const Observation seen = Run("hang");
  stranger.join();
  EXPECT_EQ(seen.outcome, Outcome::kCrash);
  EXPECT_EQ(seen.cause, "killed by SIGKILL");
  EXPECT_EQ(Run("ok").outcome, Outcome::kOk);
}

TEST_F(ProcessRunnerTest, SaysWhyAProcessCannotStart) {
  auto runner = ProcessRunner::Open(
      {.executable = "/nonexistent/worker", .arguments = {}, .pass_environment = {}});
  ASSERT_TRUE(runner);
  const auto seen = (*runner)->Run(Spec("ok"));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().Line(),
            "/nonexistent/worker: cannot execute: No such file or directory [TRIAL_SPAWN]");
  EXPECT_TRUE(Children().empty());
}

TEST_F(ProcessRunnerTest, RefusesASpecThatNoWorkerCouldRead) {
  TrialSpec endless = Spec("ok");
  endless.timeout_seconds = 1e300;
  EXPECT_EQ(runner_->Run(endless).error().Line(),
            "timeout_seconds: is not in [0.001, 2592000] [WORKER_SPEC]");
  TrialSpec unreadable = Spec("ok");
  unreadable.model_path = "/models/caf\xe9";
  EXPECT_EQ(runner_->Run(unreadable).error().Line(),
            "/models/caf\\xe9: is not valid UTF-8; rename the file [WORKER_SPEC]");
}

TEST_F(ProcessRunnerTest, SendsASpecThatIsLargerThanAPipe) {
  EXPECT_EQ(Run(Spec("ok", {{"long", std::string(200'000, 'x')}})).outcome, Outcome::kOk);
}

TEST_F(ProcessRunnerTest, StopsAtOnceAndForGoodWhenAsked) {
  std::thread asker([&] {
    Eventually([&] { return !Pids().empty(); });
    runner_->RequestStop();
  });
  const auto seen = runner_->Run(Spec("stubborn"));
  asker.join();
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, "TRIAL_INTERRUPTED");
  for (const pid_t pid : Pids()) EXPECT_FALSE(Exists(pid));
  const auto next = runner_->Run(Spec("ok"));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, "TRIAL_INTERRUPTED");
}

}  // namespace
}  // namespace falsify::harness
