#include "harness/meters/io_counters.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "gtest/gtest.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/file_reading.h"
#include "harness/meters/memory_sampler.h"
#include "harness/meters/page_cache.h"
#include "harness/meters/residency.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kIo =
    "rchar: 8401\nwchar: 1425\nsyscr: 14\nsyscw: 2\nread_bytes: 4096\nwrite_bytes: 0\n"
    "cancelled_write_bytes: 0\n";

TEST(IoCounters, ReadsACapturedText) {
  const Result<IoCounters> io = ParseIoCounters(kIo, "io");
  ASSERT_TRUE(io.has_value());
  EXPECT_EQ(io->bytes_read, 8401U);
  EXPECT_EQ(io->read_calls, 14U);
  EXPECT_EQ(io->storage_bytes, 4096U);
}

TEST(IoCounters, RefusesANegativeCountAsItsReadersOverflowWould) {
  EXPECT_EQ(ParseIoCounters("rchar: 1\nsyscr: -1\nread_bytes: 0\n", "io").error().Line(),
            "io: field syscr is \"-1\", expected a number [METER_FIELD]");
}

TEST(IoCounters, RefusesATextCutShort) {
  EXPECT_EQ(ParseIoCounters(kIo.substr(0, 40), "io").error().Line(),
            "io: no field read_bytes [METER_FIELD]");
}

TEST(IoCounters, CountsExactlyWhatWasReadWhileOtherMetersRun) {
  const TestDirectory directory;
  const std::size_t bytes = 12'345'678;
  const std::string path = directory.Write("read", bytes);
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  ASSERT_TRUE(file.has_value());
  std::vector<std::byte> buffer(4096);
  const std::span<const std::byte> range = buffer;
  MemorySampler sampler(std::chrono::microseconds(50));
  ASSERT_TRUE(sampler.Start().has_value());

  const Result<IoCounters> before = ReadIoCounters();
  ASSERT_TRUE(before.has_value()) << before.error().Line();
  ASSERT_TRUE(ReadRange(file->get(), path, {0, bytes}, buffer).has_value());
  ASSERT_TRUE(ResidentBytes(std::span(&range, 1)).has_value());
  ASSERT_TRUE(ReadProcessMemory().has_value());
  ASSERT_TRUE(ReadIoCounters().has_value());
  const Result<IoCounters> after = ReadIoCounters();

  ASSERT_TRUE(sampler.Stop().has_value());
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->bytes_read - before->bytes_read, bytes);
  EXPECT_EQ(after->read_calls - before->read_calls, (bytes + 4095) / 4096);
}

TEST(IoCounters, CountsMappedPagesAsStorageNotAsReads) {
  const TestDirectory directory;
  const std::size_t bytes = 1024 * 1024;
  const std::string path = directory.Write("mapped", bytes);
  const Result<CacheState> cold = MakeCold(path);
  if (!directory.IsOnDisk()) {
    EXPECT_EQ(cold.error().code, "METER_CACHE_NOT_COLD");
    return;
  }
  ASSERT_TRUE(cold.has_value()) << cold.error().Line();
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  ASSERT_TRUE(file.has_value());
  const IoCounters before = ReadIoCounters().value();
  void* const mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, file->get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  const IoCounters after = ReadIoCounters().value();
  munmap(mapped, bytes);
  EXPECT_EQ(after.bytes_read, before.bytes_read);
  EXPECT_EQ(after.storage_bytes - before.storage_bytes, bytes);
}

}  // namespace
}  // namespace falsify::harness
