#include "harness/trial/process_runner.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/trial/json_text.h"
#include "harness/trial/process_tree.h"
#include "harness/trial/scratch_directory.h"
#include "harness/trial/worker_cgroup.h"

namespace falsify::harness {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::StartsWith;

constexpr double kSlowestHost = 60;  // seconds a well-behaved worker may take; no test reaches it

bool Exists(pid_t pid) { return kill(pid, 0) == 0; }

// Polls, for what another process does in its own time. False if it did not within a minute.
bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

class ProcessRunnerTest : public testing::Test {
 protected:
  ProcessRunnerTest() : directory_(*ScratchDirectory::Make()), runner_(Open()) {}

  static std::unique_ptr<ProcessRunner> Open() {
    auto runner = ProcessRunner::Open({.executable = TRIAL_TEST_WORKER,
                                       .arguments = {"--as", "worker"},
                                       .pass_environment = {"FALSIFY_TEST_PASSED"}});
    EXPECT_TRUE(runner);
    return *std::move(runner);
  }

  TrialSpec Spec(const std::string& behaviour, std::map<std::string, std::string> options = {}) {
    TrialSpec spec;
    spec.number = 7;
    spec.loader = {.name = behaviour, .options = std::move(options)};
    spec.loader.options.emplace("pids", pids_file().string());
    spec.timeout_seconds = kSlowestHost;
    return spec;
  }

  TrialSpec Impatient(const std::string& behaviour) {
    TrialSpec spec = Spec(behaviour);
    spec.timeout_seconds = 0.3;
    return spec;
  }

  Observation Run(const TrialSpec& spec) {
    auto observation = runner_->Run(spec);
    EXPECT_TRUE(observation) << observation.error().Line();
    return observation ? *observation : Observation{};
  }
  Observation Run(const std::string& behaviour) { return Run(Spec(behaviour)); }

  std::filesystem::path pids_file() const { return directory_.path() / "pids"; }

  // Of every process that a worker noted.
  std::vector<pid_t> Pids() const {
    std::vector<pid_t> pids;
    std::ifstream file(pids_file());
    for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
    return pids;
  }

  ScratchDirectory directory_;
  std::unique_ptr<ProcessRunner> runner_;
};

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
  EXPECT_EQ(Run("deep").cause,
            "answer is not valid: not one JSON document, byte 100001 of 100000 [JSON_SYNTAX]");
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
  EXPECT_EQ(Run(Spec("claim", {{"observation", unavailable}})).outcome, Outcome::kUnavailable);
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

TEST_F(ProcessRunnerTest, LeavesNoDaemonBehind) {
  const Observation seen = Run("daemon");
  EXPECT_EQ(seen.outcome, Outcome::kOk) << seen.cause;
  ASSERT_EQ(Pids().size(), 1U);
  EXPECT_FALSE(Exists(Pids().front()));
}

TEST_F(ProcessRunnerTest, DoesNotWaitForABackgroundChildThatHoldsThePipes) {
  const Observation seen = Run("background");
  EXPECT_EQ(seen.outcome, Outcome::kOk) << seen.cause;
  ASSERT_LE(Pids().size(), 1U);  // it may have been killed before it noted itself
  for (const pid_t pid : Pids()) EXPECT_FALSE(Exists(pid));
}

TEST_F(ProcessRunnerTest, EndsAForkBomb) {
  TrialSpec spec = Spec("bomb");
  spec.timeout_seconds = 1;
  EXPECT_EQ(Run(spec).outcome, Outcome::kTimeout);
  EXPECT_GT(Pids().size(), 2U);
  for (const pid_t pid : Pids()) EXPECT_FALSE(Exists(pid)) << pid;
  EXPECT_TRUE(Children().empty());
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

class Sleeper {
 public:
  explicit Sleeper(short flags) {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, flags);
    char name[] = "sleep";
    char seconds_text[] = "100";
    char* arguments[] = {name, seconds_text, nullptr};
    EXPECT_EQ(posix_spawnp(&pid_, name, nullptr, &attributes, arguments, environ), 0);
    posix_spawnattr_destroy(&attributes);
  }
  ~Sleeper() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  bool IsRunning() const { return waitpid(pid_, nullptr, WNOHANG) == 0; }

 private:
  pid_t pid_ = -1;
};

TEST_F(ProcessRunnerTest, LeavesOtherChildrenOfTheHarnessAlone) {
  const Sleeper earlier(0);
  const Sleeper earlier_leader(POSIX_SPAWN_SETSID);
  std::unique_ptr<Sleeper> meanwhile;
  std::thread other([&] {
    Eventually([&] { return !Pids().empty(); });
    meanwhile = std::make_unique<Sleeper>(0);
  });
  EXPECT_EQ(Run(Impatient("stubborn")).outcome, Outcome::kTimeout);
  other.join();
  EXPECT_EQ(Run("daemon").outcome, Outcome::kOk);
  EXPECT_TRUE(earlier.IsRunning());
  EXPECT_TRUE(earlier_leader.IsRunning());
  EXPECT_TRUE(meanwhile->IsRunning());
}

TEST_F(ProcessRunnerTest, RemovesWhatAWorkerLeavesInItsDirectory) {
  const std::filesystem::path beside = directory_.path() / "beside";
  std::ofstream(beside) << "x";
  TrialSpec spec = Spec("litter");
  spec.model_path = directory_.path() / "model";
  const Observation seen = Run(spec);
  EXPECT_EQ(seen.outcome, Outcome::kOk);
  const std::filesystem::path scratch = seen.stderr_tail;
  EXPECT_TRUE(std::filesystem::is_empty(scratch));
  EXPECT_TRUE(std::filesystem::exists(beside)) << "followed a link";
  runner_.reset();
  EXPECT_FALSE(std::filesystem::exists(scratch));
}

std::vector<std::string> LinesStarting(const std::string& prefix, const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with(prefix)) lines.push_back(line.substr(prefix.size()));
    at = end + 1;
  }
  return lines;
}

TEST_F(ProcessRunnerTest, GivesAWorkerNothingButWhatItNeeds) {
  const int leak = open("/dev/null", O_RDONLY);  // inheritable on purpose
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  signal(SIGUSR2, SIG_IGN);
  TrialSpec spec = Spec("describe");
  spec.model_path = "relative/model";
  const std::string told = Run(spec).stderr_tail;
  signal(SIGUSR2, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  close(leak);

  const auto told_of = [&](const std::string& name) {
    const auto lines = LinesStarting(name + ": ", told);
    return lines.empty() ? "nothing" : lines.front();
  };
  EXPECT_EQ(told_of("descriptors"), "0 1 2 100 ");
  EXPECT_EQ(told_of("leader"), "true");
  EXPECT_EQ(told_of("death_signal"), std::to_string(SIGKILL));
  EXPECT_EQ(told_of("no_new_privs"), "1");
  EXPECT_EQ(told_of("core"), "0");
  EXPECT_EQ(told_of("file"), std::to_string(1 << 30));
  const double cores = std::max(2U, std::thread::hardware_concurrency());
  EXPECT_EQ(told_of("cpu"), fmt::format("{}", kSlowestHost * cores + 10));
  EXPECT_EQ(told_of("free_address_space"), "true");
  EXPECT_EQ(told_of("oom_score_adj"), "1000");
  EXPECT_EQ(told_of("usr1_blocked"), "0");
  EXPECT_EQ(told_of("usr2_default"), "true");
  if (CgroupHome::Find().Make()) {
    EXPECT_THAT(told_of("cgroup"), HasSubstr(fmt::format("/falsify-{}-", getpid())));
  }
  EXPECT_NE(told_of("cwd"), std::filesystem::current_path());
  EXPECT_EQ(told_of("model_path"), std::filesystem::absolute("relative/model"));
}

TEST_F(ProcessRunnerTest, PassesOnlyDeclaredVariables) {
  setenv("FALSIFY_TEST_SECRET", "s3cret", 1);
  setenv("FALSIFY_TEST_PASSED", "yes", 1);
  runner_ = Open();
  const std::string told = Run("describe").stderr_tail;
  unsetenv("FALSIFY_TEST_SECRET");
  unsetenv("FALSIFY_TEST_PASSED");
  EXPECT_THAT(told, Not(HasSubstr("s3cret")));
  EXPECT_THAT(told, HasSubstr("env: FALSIFY_TEST_PASSED=yes\n"));
  const auto cwd = LinesStarting("cwd: ", told);
  ASSERT_EQ(cwd.size(), 1U);
  EXPECT_THAT(told, HasSubstr("env: TMPDIR=" + cwd.front() + "\n"));
}

TEST_F(ProcessRunnerTest, LetsAWriteThatIsTooLongFailRatherThanKill) {
  EXPECT_EQ(Run("write-too-much").outcome, Outcome::kOk);
}

TEST_F(ProcessRunnerTest, WorksWhereSigchldIsIgnored) {
  signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(Run("ok").outcome, Outcome::kOk);
  signal(SIGCHLD, SIG_DFL);
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

TEST_F(ProcessRunnerTest, AWorkerDoesNotOutliveAKilledHarness) {
  const pid_t harness = fork();
  ASSERT_GE(harness, 0);
  if (harness == 0) {
    setenv("TMPDIR", directory_.path().c_str(), 1);
    (void)Open()->Run(Spec("stubborn"));
    _exit(0);
  }
  ASSERT_TRUE(Eventually([&] { return !Pids().empty(); }));
  kill(harness, SIGKILL);
  waitpid(harness, nullptr, 0);
  EXPECT_TRUE(Eventually([&] { return waitpid(Pids().front(), nullptr, WNOHANG) != 0; }));
}

// A tracer that was promised a stop at exit and never continues: not even SIGKILL ends the worker.
TEST_F(ProcessRunnerTest, GivesUpOnWhatCannotBeKilled) {
  const pid_t tracer = fork();
  ASSERT_GE(tracer, 0);
  if (tracer == 0) {
    Eventually([&] { return !Pids().empty(); });
    const long seized = ptrace(PTRACE_SEIZE, Pids().front(), nullptr, PTRACE_O_TRACEEXIT);
    if (seized != 0) _exit(1);
    pause();
  }
  TrialSpec spec = Spec("stubborn");
  spec.timeout_seconds = 1;
  const Observation seen = Run(spec);
  const bool traced = waitpid(tracer, nullptr, WNOHANG) == 0;
  kill(tracer, SIGKILL);
  waitpid(tracer, nullptr, 0);
  if (!traced) GTEST_SKIP() << "not allowed to trace";
  EXPECT_EQ(seen.outcome, Outcome::kTimeout);
  EXPECT_TRUE(seen.unkillable);
  EXPECT_EQ(waitpid(Pids().front(), nullptr, 0), Pids().front());
  EXPECT_EQ(Run("ok").outcome, Outcome::kOk);
}

std::size_t OpenDescriptors() {
  std::size_t count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) >= 0 ? 1U : 0U;
  return count;
}

TEST_F(ProcessRunnerTest, LeaksNeitherDescriptorsNorZombies) {
  const std::size_t before = OpenDescriptors();
  for (int i = 0; i < 50; ++i) {
    Run(i % 5 == 0 ? "daemon" : i % 5 == 1 ? "segv" : i % 5 == 2 ? "background" : "ok");
  }
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_TRUE(Children().empty());
}

double SeenPeak(const Observation& observation) {
  const auto found = observation.measures.find("seen_peak");
  return found == observation.measures.end() ? std::nan("") : found->second;
}

TEST_F(ProcessRunnerTest, AWorkersPeakKnowsNothingOfItsParentNorOfEarlierWorkers) {
  const double alone = SeenPeak(Run("peak-rss"));
  ASSERT_GT(alone, 0);
  ASSERT_GT(SeenPeak(Run(Spec("peak-rss", {{"touch", "1073741824"}}))), 1073741824);
  EXPECT_NEAR(SeenPeak(Run("peak-rss")), alone, 0.02 * alone);

  constexpr std::size_t kFat = 400U << 20;
  void* fat = mmap(nullptr, kFat, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(fat, MAP_FAILED);
  EXPECT_NEAR(SeenPeak(Run("peak-rss")), alone, 0.02 * alone);
  munmap(fat, kFat);
}

}  // namespace
}  // namespace falsify::harness
