#include "harness/meters/process_memory.h"

#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "harness/meters/anonymous_memory.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/page_bytes.h"

namespace falsify::harness {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

// Of `cat /proc/self/status` on Linux 6.18.
constexpr std::string_view kStatus =
    "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t9206\nPid:\t9206\n"
    "VmPeak:\t    3060 kB\nVmSize:\t    3060 kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\n"
    "VmHWM:\t    1788 kB\nVmRSS:\t    1787 kB\nRssAnon:\t     116 kB\nRssFile:\t    1668 kB\n"
    "RssShmem:\t       3 kB\nVmData:\t     360 kB\nVmStk:\t     132 kB\nVmSwap:\t       0 kB\n"
    "HugetlbPages:\t       0 kB\nThreads:\t1\nMems_allowed_list:\t0\n";

TEST(ProcessMemory, ReadsACapturedStatus) {
  const Result<MemoryNow> now = ParseProcessMemory(kStatus, "status");
  ASSERT_TRUE(now.has_value());
  EXPECT_EQ(now->rss, 1787U * 1024);
  EXPECT_EQ(now->anon, 116U * 1024);
  EXPECT_EQ(now->file, 1668U * 1024);
  EXPECT_EQ(now->shmem, 3U * 1024);
  EXPECT_EQ(now->hwm, 1788U * 1024);
}

TEST(ProcessMemory, SaysWhichFieldAKernelThreadOrZombieLacks) {
  EXPECT_EQ(ParseProcessMemory("Name:\tkthreadd\nThreads:\t1\n", "/proc/2/status").error().Line(),
            "/proc/2/status: no field VmRSS [METER_FIELD]");
}

TEST(ProcessMemory, SplitsThisProcessIntoItsParts) {
  const Result<MemoryNow> now = ReadProcessMemory();
  ASSERT_TRUE(now.has_value()) << now.error().Line();
  EXPECT_EQ(now->rss, now->anon + now->file + now->shmem);
  EXPECT_GE(now->hwm, now->rss);
}

TEST(ProcessMemory, ReadsAnotherProcess) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const Result<MemoryNow> now = ReadProcessMemory(child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(now.has_value()) << now.error().Line();
  EXPECT_GT(now->rss, 0U);
}

TEST(ProcessMemory, NamesAProcessThatIsGone) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  const Result<MemoryNow> now = ReadProcessMemory(child);
  ASSERT_FALSE(now.has_value());
  EXPECT_EQ(now.error().Line(), "/proc/" + std::to_string(child) +
                                    "/status: cannot open: No such file or directory [METER_OPEN]");
}

TEST(ProcessMemory, CountsAnonymousMemoryAsAnonymousOnly) {
  const MemoryNow before = ReadProcessMemory().value();
  const Result<AnonymousMemory> held = AnonymousMemory::Map(64 * kMiB, PageSize::kBase);
  ASSERT_TRUE(held.has_value());
  held->Touch();
  const MemoryNow after = ReadProcessMemory().value();
  EXPECT_NEAR(static_cast<double>(after.anon - before.anon), 64.0 * kMiB, 0.02 * 64 * kMiB);
  EXPECT_NEAR(static_cast<double>(after.file), static_cast<double>(before.file), 0.02 * 64 * kMiB);
}

TEST(ProcessMemory, ForgetsAPeakThatWasReset) {
  {
    const Result<AnonymousMemory> held = AnonymousMemory::Map(64 * kMiB, PageSize::kBase);
    ASSERT_TRUE(held.has_value());
    held->Touch();
  }
  const MemoryNow spike = ReadProcessMemory().value();
  ASSERT_GT(spike.hwm, spike.rss + 60 * kMiB);
  const Result<void> reset = ResetPeak();
  ASSERT_TRUE(reset.has_value()) << reset.error().Line();
  const MemoryNow after = ReadProcessMemory().value();
  EXPECT_LT(after.hwm, after.rss + 4 * kMiB);
}

TEST(Statm, ReadsACapturedText) {
  const Result<ResidentNow> now = ParseStatm("765 447 418 5 0 123 0\n", 4096);
  ASSERT_TRUE(now.has_value());
  EXPECT_EQ(now->anon, (447U - 418U) * 4096);
  EXPECT_EQ(now->file, 418U * 4096);
}

TEST(Statm, RefusesWhatIsNoStatm) {
  const std::string expected =
      "/proc/self/statm: expected \"size resident shared ...\" in pages, shared <= resident "
      "[METER_FIELD]";
  for (const std::string_view text :
       {"", "765", "765 447", "765 447 x", "765 -447 418", "765 418 447",
        "1 18446744073709551615 1", "1 18446744073709551616 1"}) {
    const Result<ResidentNow> now = ParseStatm(text, 4096);
    ASSERT_FALSE(now.has_value()) << text;
    EXPECT_EQ(now.error().Line(), expected);
  }
}

TEST(Statm, AgreesWithStatus) {
  const Result<StatmReader> statm = StatmReader::Open();
  ASSERT_TRUE(statm.has_value());
  const MemoryNow status = ReadProcessMemory().value();
  const ResidentNow now = statm->Read().value();
  EXPECT_NEAR(static_cast<double>(now.anon), static_cast<double>(status.anon), 1.0 * kMiB);
  EXPECT_NEAR(static_cast<double>(now.file), static_cast<double>(status.file + status.shmem),
              1.0 * kMiB);
}

TEST(Statm, SeesChangesThroughTheSameDescriptor) {
  const Result<StatmReader> statm = StatmReader::Open();
  ASSERT_TRUE(statm.has_value());
  const std::uint64_t before = statm->Read().value().anon;
  const Result<AnonymousMemory> held = AnonymousMemory::Map(16 * kMiB, PageSize::kBase);
  ASSERT_TRUE(held.has_value());
  held->Touch();
  EXPECT_GT(statm->Read().value().anon, before + 15 * kMiB);
}

}  // namespace
}  // namespace falsify::harness
