#include "harness/trial/pid_space.h"

#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/trial/process_runner_fixture.h"

namespace falsify::harness {
namespace {

using testing::HasSubstr;

/// Forks in the namespace; the child leaves a process behind that holds `file` locked, and ends.
pid_t ForkInto(const PidSpace& space, const std::string& file) {
  EXPECT_TRUE(space.Enter());
  const pid_t child = fork();
  if (child == 0) {
    const int lock = open(file.c_str(), O_RDWR | O_CREAT, 0600);
    flock(lock, LOCK_EX);
    if (fork() == 0) {
      setsid();
      for (;;) pause();
    }
    _exit(getpid());
  }
  EXPECT_TRUE(space.Leave());
  return child;
}

bool CanLock(const std::string& file) {
  const UniqueFd lock(open(file.c_str(), O_RDWR | O_CLOEXEC));
  return flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
}

TEST(PidSpace, EndsAllThatWasStartedInIt) {
  const auto folder = ScratchDirectory::Make();
  ASSERT_TRUE(folder);
  const std::string file = folder->path() / "lock";
  {
    auto space = PidSpace::Make();
    if (!space) GTEST_SKIP() << space.error().Line();
    int status = 0;
    const pid_t child = ForkInto(*space, file);
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 2) << "its number, after the init's";
    EXPECT_FALSE(CanLock(file)) << "what it left behind goes on";
  }
  EXPECT_TRUE(CanLock(file));
  const pid_t later = fork();
  if (later == 0) _exit(getpid() == 2 ? 1 : 0);
  int status = 0;
  ASSERT_EQ(waitpid(later, &status, 0), later);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "still in the namespace";
}

class StrictIsolation : public ProcessRunnerTest {
 protected:
  StrictIsolation() { runner_ = Open(Sandbox::kStrict); }
};

TEST_F(StrictIsolation, AWorkerSeesNoProcessButItsOwn) {
  if (runner_->Protection().find("processes of its own") == std::string::npos) {
    GTEST_SKIP() << "no PID namespace here: " << runner_->Protection();
  }
  const Observation seen = Run("processes");
  ASSERT_EQ(seen.outcome, Outcome::kOk) << seen.cause << seen.stderr_tail;
  EXPECT_THAT(seen.stderr_tail, HasSubstr("processes: 1 2\n"));
}

TEST_F(StrictIsolation, SignalsAndTimeoutsAreToldAsEver) {
  EXPECT_EQ(Run("abort").cause, "killed by SIGABRT");
  EXPECT_EQ(Run("segv").cause, "killed by SIGSEGV");
  EXPECT_EQ(Run(Impatient("stubborn")).outcome, Outcome::kTimeout);
}

}  // namespace
}  // namespace falsify::harness
