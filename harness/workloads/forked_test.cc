#include "harness/workloads/forked.h"

#include <csignal>
#include <unistd.h>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

TEST(RunForked, ReturnsTheAnswer) {
  const auto end = RunForked([] { return std::string(10'000, 'x'); }, 10);
  ASSERT_TRUE(end) << end.error().Line();
  EXPECT_EQ(end->text, std::string(10'000, 'x'));
  EXPECT_EQ(end->cause, "");
}

TEST(RunForked, SurvivesACrash) {
  const auto end = RunForked(
      []() -> std::string {
        raise(SIGKILL);
        return "never";
      },
      10);
  ASSERT_TRUE(end) << end.error().Line();
  EXPECT_EQ(end->text, "");
  EXPECT_EQ(end->cause, "killed by signal 9");
}

TEST(RunForked, StopsAHang) {
  const auto end = RunForked(
      []() -> std::string {
        for (;;) pause();
      },
      0.2);
  ASSERT_TRUE(end) << end.error().Line();
  EXPECT_EQ(end->cause, "stopped after 0 s");
}

TEST(RunForked, SaysThatThereWasNoAnswer) {
  const auto silent = RunForked([] { return std::string(); }, 10);
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->cause, "ended without an answer");
  const auto early = RunForked([]() -> std::string { _exit(7); }, 10);
  ASSERT_TRUE(early);
  EXPECT_EQ(early->cause, "exited with 7");
}

}  // namespace
}  // namespace falsify::harness
