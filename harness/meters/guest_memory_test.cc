#include "harness/meters/guest_memory.h"

#include "gtest/gtest.h"
#include "harness/meters/process_memory.h"

namespace falsify::harness {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

// Of /proc/meminfo on Linux 6.18.
constexpr std::string_view kMeminfo =
    "MemTotal:       24684084 kB\nMemFree:        23886796 kB\nMemAvailable:   24037936 kB\n"
    "Buffers:            1340 kB\nCached:           291652 kB\nSwapTotal:             0 kB\n"
    "HugePages_Total:       0\nHugepagesize:       2048 kB\n";

TEST(GuestMemory, ReadsACapturedMeminfo) {
  EXPECT_EQ(ParseAvailableMemoryBytes(kMeminfo).value(), 24037936ULL * 1024);
}

TEST(GuestMemory, NamesAMissingField) {
  EXPECT_EQ(ParseAvailableMemoryBytes("MemTotal: 1 kB\n").error().Line(),
            "/proc/meminfo: no field MemAvailable [METER_FIELD]");
}

TEST(GuestMemory, TouchesEverythingAtOnceAndKeepsNothing) {
  constexpr std::uint64_t kBytes = 300 * kMiB;  // more than one slice
  ASSERT_TRUE(ResetPeak().has_value());
  const MemoryNow before = ReadProcessMemory().value();
  const Result<Priming> priming = PrimeGuestMemory(kBytes);
  ASSERT_TRUE(priming.has_value()) << priming.error().Line();
  const MemoryNow after = ReadProcessMemory().value();
  EXPECT_GT(after.hwm, before.rss + kBytes - 4 * kMiB);
  EXPECT_LT(after.anon, before.anon + 4 * kMiB);
  EXPECT_EQ(priming->bytes, 512 * kMiB);  // in whole slices
  EXPECT_GT(priming->seconds_per_page, 0.0);
  EXPECT_DOUBLE_EQ(priming->seconds_per_page * (512 * kMiB / 4096), priming->seconds);
}

TEST(TouchedMemory, HoldsWhatWasLastAskedFor) {
  const MemoryNow before = ReadProcessMemory().value();
  TouchedMemory memory;
  ASSERT_TRUE(memory.Resize(257 * kMiB));
  EXPECT_EQ(memory.bytes(), 512 * kMiB);
  EXPECT_GT(ReadProcessMemory().value().anon, before.anon + 508 * kMiB);
  ASSERT_TRUE(memory.Resize(256 * kMiB));
  EXPECT_EQ(memory.bytes(), 256 * kMiB);
  EXPECT_LT(ReadProcessMemory().value().anon, before.anon + 260 * kMiB);
  EXPECT_GT(ReadProcessMemory().value().anon, before.anon + 252 * kMiB);
}

TEST(TouchedMemory, KeepsWhatItHasIfThereIsNoMore) {
  TouchedMemory memory;
  ASSERT_TRUE(memory.Resize(1));
  const Result<void> grown = memory.Resize(~0ULL);
  ASSERT_FALSE(grown);
  EXPECT_EQ(grown.error().code, "METER_MEMORY");
  EXPECT_EQ(memory.bytes(), 256 * kMiB);
}

TEST(GuestMemory, RefusesToTakeTheMemoryOthersNeed) {
  const std::uint64_t available = AvailableMemoryBytes().value();
  const Result<Priming> priming = PrimeGuestMemory(available);
  ASSERT_FALSE(priming.has_value());
  EXPECT_EQ(priming.error().code, "METER_MEMORY");
  EXPECT_EQ(PrimeGuestMemory(~0ULL).error().code, "METER_MEMORY");
}

TEST(GuestMemory, PrimingNothingIsNoError) {
  const Result<Priming> priming = PrimeGuestMemory(0);
  ASSERT_TRUE(priming.has_value());
  EXPECT_EQ(priming->seconds_per_page, 0.0);
}

}  // namespace
}  // namespace falsify::harness
