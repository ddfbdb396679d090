// What the kernel says in /proc and /sys, on captured texts.
#include "gtest/gtest.h"
#include "harness/trial/memory_watch.h"
#include "harness/trial/process_tree.h"
#include "harness/trial/small_file.h"
#include "harness/trial/worker_cgroup.h"

namespace falsify::harness {
namespace {

constexpr const char* kStat =
    "4711 (a ) b 7 (x) S 4242 4700 4699 0 -1 4194560 101 0 2 0 3 4 5 6 20 0 1 0 987654 2789376 "
    "225 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n";

TEST(ParseProcessStat, IsNotFooledByTheProcessName) {
  const auto stat = ParseProcessStat(kStat);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->id.pid, 4711);
  EXPECT_EQ(stat->session, 4699);
  EXPECT_EQ(stat->id.start_ticks, 987654U);
}

TEST(ParseProcessStat, FindsNothingInACutText) {
  const std::string text = kStat;
  EXPECT_FALSE(ParseProcessStat(""));
  EXPECT_FALSE(ParseProcessStat("x (y) S 1 2 3"));
  EXPECT_FALSE(ParseProcessStat(text.substr(0, text.find(" 987654"))));
}

constexpr const char* kStatus =
    "Name:\tVmHWM:\nUmask:\t0022\nVmPeak:\t    9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1900 kB\n"
    "RssAnon:\t     100 kB\nRssFile:\t    1800 kB\n";

TEST(ParseMemorySample, CountsKibibytesAndIgnoresTheName) {
  const auto sample = ParseMemorySample(kStatus);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->peak_rss, 2048U * 1024);
  EXPECT_EQ(sample->anon, 100U * 1024);
}

TEST(ParseMemorySample, FindsNothingInAZombie) {
  EXPECT_FALSE(ParseMemorySample("Name:\tx\nState:\tZ (zombie)\nPid:\t4\n"));
  EXPECT_FALSE(ParseMemorySample("VmHWM:\t many kB\nRssAnon:\t 1 kB\n"));
}

TEST(ParseOomKills, TakesTheWholeName) {
  EXPECT_EQ(ParseOomKills("nr_free_pages 12\nmemcg_oom_kill 9\noom_kill 3\ndrop_pagecache 1\n"),
            3U);
  EXPECT_EQ(ParseOomKills("nr_free_pages 12\n"), 0U);
}

TEST(ParseOwnCgroup, TakesTheUnifiedHierarchy) {
  EXPECT_EQ(ParseOwnCgroup("0::/user.slice/a b\n"), "/user.slice/a b");
  EXPECT_EQ(ParseOwnCgroup("10::/no\n4:memory:/old\n0::/\n"), "/");
  EXPECT_EQ(ParseOwnCgroup("4:memory:/old\n"), "");
}

TEST(ParseOwnCgroup, TakesTheHierarchyWithAController) {
  const char* text = "5:cpu,memory:/a:b\n4:memory_recursiveprot:/no\n0::/two\nbroken\n";
  EXPECT_EQ(ParseOwnCgroup(text, "memory"), "/a:b");
  EXPECT_EQ(ParseOwnCgroup(text, "cpu"), "/a:b");
  EXPECT_EQ(ParseOwnCgroup(text, "pids"), "");
}

TEST(MemoryWatch, RemembersThePeakItSaw) {
  MemoryWatch watch(getpid());
  const auto sample = watch.Sample();
  ASSERT_TRUE(sample);
  EXPECT_GT(sample->anon, 0U);
  EXPECT_GE(sample->peak_rss, sample->anon);
  EXPECT_EQ(watch.peak_anon(), sample->anon);
  EXPECT_EQ(watch.peak_rss(), sample->peak_rss);
}

TEST(SmallFile, IsEmptyIfItCannotBeRead) {
  EXPECT_EQ(ReadSmallFile("/nonexistent"), "");
  EXPECT_FALSE(WriteSmallFile("/nonexistent", "1"));
  EXPECT_TRUE(WriteSmallFile("/dev/null", "1"));
}

}  // namespace
}  // namespace falsify::harness
