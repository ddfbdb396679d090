#include "harness/trial/memory_keeper.h"

#include <signal.h>
#include <string>

#include "gtest/gtest.h"
#include "harness/trial/process_runner_fixture.h"
#include "harness/trial/process_tree.h"
#include "harness/trial/small_file.h"

namespace falsify::harness {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

/// RssAnon of our only child, in MiB; 0 if there is none.
std::uint64_t ChildMiB() {
  const std::vector<ProcessStat> children = Children();
  if (children.size() != 1) return 0;
  const std::string status =
      ReadSmallFile("/proc/" + std::to_string(children.front().id.pid) + "/status");
  const std::size_t at = status.find("RssAnon:");
  return at == std::string::npos ? 0 : std::stoull(status.substr(at + 8)) / 1024;
}

class MemoryKeeperTest : public testing::Test {
 protected:
  MemoryKeeper keeper_{TRIAL_TEST_WORKER, {"--as", "memory-keeper"}};
};

TEST_F(MemoryKeeperTest, HoldsMoreOrLessAsAsked) {
  ASSERT_TRUE(keeper_.Hold(500 * kMiB));
  EXPECT_EQ(keeper_.held_bytes(), 512 * kMiB);
  EXPECT_GE(ChildMiB(), 512U);
  ASSERT_TRUE(keeper_.Hold(256 * kMiB));
  EXPECT_EQ(keeper_.held_bytes(), 256 * kMiB);
  EXPECT_LT(ChildMiB(), 300U);
}

TEST_F(MemoryKeeperTest, StartsNoProcessToHoldNothing) {
  ASSERT_TRUE(keeper_.Hold(0));
  EXPECT_TRUE(Children().empty());
}

TEST_F(MemoryKeeperTest, IsReplacedIfItWasKilled) {
  ASSERT_TRUE(keeper_.Hold(1));
  const pid_t first = Children().front().id.pid;
  kill(first, SIGKILL);
  ASSERT_TRUE(Eventually([&] {
    return ReadSmallFile("/proc/" + std::to_string(first) + "/stat").find(") Z") !=
           std::string::npos;
  }));
  ASSERT_TRUE(keeper_.Hold(256 * kMiB));
  EXPECT_EQ(keeper_.held_bytes(), 256 * kMiB);
  EXPECT_NE(Children().front().id.pid, first);
}

TEST_F(MemoryKeeperTest, SaysWhatItHoldsIfItCannotHoldMore) {
  ASSERT_TRUE(keeper_.Hold(256 * kMiB));
  const Result<void> held = keeper_.Hold(std::uint64_t{1} << 50);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().Line(),
            "memory keeper: cannot hold 1125899906842624 B, holds 268435456 B [METER_MEMORY]");
}

TEST(MemoryKeeper, LeavesNoProcess) {
  {
    MemoryKeeper keeper(TRIAL_TEST_WORKER, {"--as", "memory-keeper"});
    ASSERT_TRUE(keeper.Hold(1));
    EXPECT_EQ(Children().size(), 1U);
  }
  EXPECT_TRUE(Children().empty());
}

}  // namespace
}  // namespace falsify::harness
