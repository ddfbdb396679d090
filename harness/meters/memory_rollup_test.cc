#include "harness/meters/memory_rollup.h"

#include <cstring>
#include <memory>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

// As Linux 6.18 printed it.
constexpr std::string_view kCaptured =
    "55d0a3a0c000-7ffd1b9f4000 ---p 00000000 00:00 0                          [rollup]\n"
    "Rss:                1884 kB\n"
    "Pss:                 412 kB\n"
    "Pss_Dirty:           128 kB\n"
    "Pss_Anon:            120 kB\n"
    "Pss_File:            292 kB\n";

TEST(MemoryRollup, ReadsEachFieldOnceByItsWholeName) {
  const auto rollup = ParseMemoryRollup(kCaptured, "rollup");
  ASSERT_TRUE(rollup) << rollup.error().Line();
  EXPECT_EQ(rollup->rss, 1884U * 1024);
  EXPECT_EQ(rollup->pss, 412U * 1024);
  EXPECT_EQ(rollup->pss_anon, 120U * 1024);
}

TEST(MemoryRollup, NamesTheFieldThatIsMissing) {
  const auto rollup = ParseMemoryRollup("Rss: 12 kB\n", "rollup");
  ASSERT_FALSE(rollup);
  EXPECT_EQ(rollup.error().code, "METER_FIELD");
}

TEST(MemoryRollup, SeesMemoryThatWasTouched) {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  const auto before = ReadMemoryRollup();
  const auto block = std::make_unique_for_overwrite<char[]>(kBytes);
  std::memset(block.get(), 1, kBytes);
  const auto after = ReadMemoryRollup();
  ASSERT_TRUE(before && after);
  EXPECT_GE(after->pss_anon, before->pss_anon + kBytes);
  EXPECT_GE(after->rss, before->rss + kBytes);
}

}  // namespace
}  // namespace falsify::harness
