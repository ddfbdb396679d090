// What a worker is given, and what of it remains.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
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
#include "harness/trial/limits.h"
#include "harness/trial/process_runner_fixture.h"
#include "harness/trial/process_tree.h"
#include "harness/trial/worker_cgroup.h"

namespace falsify::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

class WorkerIsolation : public ProcessRunnerTest {};

TEST_F(WorkerIsolation, LeavesNoDaemonBehind) {
  const Observation seen = Run("daemon");
  EXPECT_EQ(seen.outcome, Outcome::kOk) << seen.cause;
  ASSERT_EQ(Pids().size(), 1U);
  EXPECT_FALSE(Exists(Pids().front()));
}

TEST_F(WorkerIsolation, DoesNotWaitForABackgroundChildThatHoldsThePipes) {
  const Observation seen = Run("background");
  EXPECT_EQ(seen.outcome, Outcome::kOk) << seen.cause;
  ASSERT_LE(Pids().size(), 1U);  // it may have been killed before it noted itself
  for (const pid_t pid : Pids()) EXPECT_FALSE(Exists(pid));
}

TEST_F(WorkerIsolation, EndsAForkBomb) {
  TrialSpec spec = Spec("bomb");
  spec.timeout_seconds = 1;
  EXPECT_EQ(Run(spec).outcome, Outcome::kTimeout);
  EXPECT_GT(Pids().size(), 2U);
  for (const pid_t pid : Pids()) EXPECT_FALSE(Exists(pid)) << pid;
  EXPECT_TRUE(Children().empty());
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

TEST_F(WorkerIsolation, LeavesOtherChildrenOfTheHarnessAlone) {
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

TEST_F(WorkerIsolation, RemovesWhatAWorkerLeavesInItsDirectory) {
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

TEST_F(WorkerIsolation, GivesAWorkerNothingButWhatItNeeds) {
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
  EXPECT_EQ(told_of("nofile"), "4096");
  EXPECT_EQ(told_of("core"), "0");
  EXPECT_EQ(told_of("file"), std::to_string(1 << 30));
  const double cores = std::max(2U, std::thread::hardware_concurrency());
  EXPECT_EQ(told_of("cpu"), fmt::format("{}", kSlowestHost * cores + 10));
  EXPECT_EQ(told_of("free_address_space"), "true");
  EXPECT_EQ(told_of("oom_score_adj"), "1000");
  EXPECT_EQ(told_of("usr1_blocked"), "0");
  EXPECT_EQ(told_of("usr2_default"), "true");
  if (CgroupHome::Find().Make(0).kills()) {
    EXPECT_THAT(told_of("cgroup"), HasSubstr(fmt::format("/falsify-{}-", getpid())));
  }
  EXPECT_NE(told_of("cwd"), std::filesystem::current_path());
  EXPECT_EQ(told_of("model_path"), std::filesystem::absolute("relative/model"));
}

TEST_F(WorkerIsolation, PassesOnlyDeclaredVariables) {
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

TEST_F(WorkerIsolation, LetsAWriteThatIsTooLongFailRatherThanKill) {
  EXPECT_EQ(Run("write-too-much").outcome, Outcome::kOk);
}

// Memory that no process calls its own: the watch does not see it, the cgroup does.
TEST_F(WorkerIsolation, EndsAWorkerThatHoardsSharedMemory) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's shadow of it is the worker's own";
#endif
  if (!CgroupHome::Find().Make(RoomHere().memory_bytes).limits_memory()) {
    GTEST_SKIP() << "no cgroup limits memory here";
  }
  TrialSpec spec = Spec("share-memory");
  spec.memory_limit_bytes = std::uint64_t{512} << 20;
  const Observation seen = Run(spec);
  EXPECT_EQ(seen.outcome, Outcome::kOom) << seen.cause;
  EXPECT_EQ(seen.cause, "killed by the kernel for lack of memory");
}

TEST_F(WorkerIsolation, WorksWhereSigchldIsIgnored) {
  signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(Run("ok").outcome, Outcome::kOk);
  signal(SIGCHLD, SIG_DFL);
}

TEST_F(WorkerIsolation, AWorkerDoesNotOutliveAKilledHarness) {
  ASSERT_TRUE(ProcessTree::Watch());  // so that the orphan becomes ours to wait for
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
  EXPECT_TRUE(Eventually([&] { return waitpid(Pids().front(), nullptr, WNOHANG) > 0; }));
  (void)CgroupHome::Find();  // as the next harness would, removes the cgroup that the dead one left
}

// A tracer that was promised a stop at exit and never continues: not even SIGKILL ends the worker.
TEST_F(WorkerIsolation, GivesUpOnWhatCannotBeKilled) {
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

TEST_F(WorkerIsolation, LeaksNeitherDescriptorsNorZombies) {
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

TEST_F(WorkerIsolation, AWorkersPeakKnowsNothingOfItsParentNorOfEarlierWorkers) {
  // Large enough for pages of shared libraries, which come and go by chance, to matter little.
  const auto small = [&] { return SeenPeak(Run(Spec("peak-rss", {{"touch", "16777216"}}))); };
  const double alone = small();
  ASSERT_GT(alone, 16777216);
  ASSERT_GT(SeenPeak(Run(Spec("peak-rss", {{"touch", "1073741824"}}))), 1073741824);
  EXPECT_NEAR(small(), alone, 0.02 * alone);

  constexpr std::size_t kFat = 400U << 20;
  void* fat = mmap(nullptr, kFat, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(fat, MAP_FAILED);
  EXPECT_NEAR(small(), alone, 0.02 * alone);
  munmap(fat, kFat);
}

}  // namespace
}  // namespace falsify::harness
