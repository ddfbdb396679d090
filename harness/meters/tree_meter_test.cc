#include "harness/meters/tree_meter.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kHeld = 64 * kMiB;

void Hold() {
  void* memory = mmap(nullptr, kHeld, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  std::memset(memory, 1, kHeld);
}

void ReadZeros(std::size_t bytes) {
  const int fd = open("/dev/zero", O_RDONLY);
  std::vector<char> room(kMiB);
  for (std::size_t done = 0; done < bytes; done += kMiB) {
    if (read(fd, room.data(), room.size()) != static_cast<ssize_t>(room.size())) _exit(1);
  }
  close(fd);
}

/// A process that waits for a byte, works, says so, and waits again until its pipe ends.
class Subject {
 public:
  explicit Subject(void (*work)()) {
    if (pipe(to_) != 0 || pipe(from_) != 0) std::abort();
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char byte = 0;
    if (read(to_[0], &byte, 1) != 1) _exit(1);
    work();
    if (write(from_[1], "d", 1) != 1) _exit(1);
    pause();
  }
  ~Subject() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    for (const int fd : {to_[0], to_[1], from_[0], from_[1]}) close(fd);
  }
  void Work() {
    char byte = 0;
    ASSERT_EQ(write(to_[1], "g", 1), 1);
    ASSERT_EQ(read(from_[0], &byte, 1), 1);
  }
  pid_t pid() const { return pid_; }

 private:
  int to_[2];
  int from_[2];
  pid_t pid_;
};

TEST(TreeMeter, SeesWhatAnotherProcessHoldsAndReads) {
  Subject subject([] {
    Hold();
    ReadZeros(8 * kMiB);
  });
  auto meter = TreeMeter::Begin(subject.pid());
  ASSERT_TRUE(meter) << meter.error().Line();
  subject.Work();
  const auto held = meter->GrowthNow();
  const auto figures = meter->Finish();
  ASSERT_TRUE(figures) << figures.error().Line();
  const auto expected = static_cast<double>(kHeld);
  EXPECT_NEAR(*held, expected, 4.0 * kMiB);
  EXPECT_NEAR(figures->peak_rss, expected, 4.0 * kMiB);
  EXPECT_NEAR(figures->peak_anon, expected, 4.0 * kMiB);
  EXPECT_GE(figures->use.bytes_read, 8 * kMiB);
  EXPECT_LT(figures->use.bytes_read, 9 * kMiB);
  EXPECT_GT(figures->use.minor_faults, 0U);
}

TEST(TreeMeter, AddsUpAllProcessesBelow) {
  Subject subject([] {
    for (int i = 0; i < 2; ++i) {
      int ready[2];
      if (pipe(ready) != 0) _exit(1);
      if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        Hold();
        if (write(ready[1], "r", 1) != 1) _exit(1);
        pause();
      }
      char byte = 0;
      if (read(ready[0], &byte, 1) != 1) _exit(1);
    }
  });
  auto meter = TreeMeter::Begin(subject.pid());
  ASSERT_TRUE(meter) << meter.error().Line();
  subject.Work();
  const auto figures = meter->Finish();
  ASSERT_TRUE(figures) << figures.error().Line();
  EXPECT_GT(figures->peak_anon, 2.0 * kHeld * 0.98);
  EXPECT_GT(figures->peak_rss, 2.0 * kHeld * 0.98);
}

TEST(TreeMeter, CountsWhatAReapedChildHasRead) {
  Subject subject([] {
    const pid_t child = fork();
    if (child == 0) {
      ReadZeros(8 * kMiB);
      _exit(0);
    }
    waitpid(child, nullptr, 0);
  });
  auto meter = TreeMeter::Begin(subject.pid());
  ASSERT_TRUE(meter) << meter.error().Line();
  subject.Work();
  const auto figures = meter->Finish();
  ASSERT_TRUE(figures) << figures.error().Line();
  EXPECT_GE(figures->use.bytes_read, 8 * kMiB);
}

TEST(TreeMeter, HasNoFiguresOfAProcessThatIsGone) { EXPECT_FALSE(TreeMeter::Begin(-1)); }

TEST(ParseTreeUse, ReadsOwnAndReapedCounters) {
  const auto use =
      ParseTreeUse("7 (a) b) S 1 7 7 0 -1 4194560 100 20 3 4 150 50 25 75 20 0 1 0", 0.01);
  ASSERT_TRUE(use);
  EXPECT_EQ(use->minor_faults, 120U);
  EXPECT_EQ(use->major_faults, 7U);
  EXPECT_DOUBLE_EQ(use->cpu_seconds, 3.0);
  EXPECT_FALSE(ParseTreeUse("7 (a", 0.01));
  EXPECT_FALSE(ParseTreeUse("7 (a) S 1 7 7 0 -1 4194560 100 20 3", 0.01));
}

}  // namespace
}  // namespace falsify::harness
