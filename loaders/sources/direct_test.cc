#include "loaders/sources/direct.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/sources/deny_call_for_test.h"
#include "loaders/sources/direct_io.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::Contains;
using testing::IsEmpty;

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Whether the file system of the test's files takes O_DIRECT at all.
bool TakesDirect(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (file >= 0) ::close(file);
  return file >= 0;
}

class Direct : public testing::Test {
 protected:
  void SetUp() override {
    if (!TakesDirect(path_)) GTEST_SKIP() << "no direct I/O here";
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.Write("f", std::string(3 * 4096 + 608, 'x'));
};

TEST_F(Direct, ReportsItsAlignmentAndCountsTheTailByItsOwnLength) {
  const auto source = OpenDirect(path_, {.threads = 1, .chunk_bytes = 8192});
  ASSERT_TRUE(source) << source.error().Line();
  const LoadReport report = (*source)->report();
  EXPECT_GE(report.alignment_bytes, 512U);
  EXPECT_EQ(report.bytes_read, 3U * 4096U + 608U);
  EXPECT_EQ(report.read_calls, 2U);
  EXPECT_THAT(report.fallbacks, IsEmpty());
}

TEST_F(Direct, AsksFromAlignmentToAlignment) {
  LoadReport report;
  const Result<DirectFile> file = DirectFile::Open(path_, report);
  ASSERT_TRUE(file) << file.error().Line();
  const std::uint64_t unit = file->alignment_bytes();
  EXPECT_EQ(file->ChunkOf(1), unit);
  EXPECT_EQ(file->ChunkOf(2 * unit), 2 * unit);
  const ByteRange around = file->Around(unit + 1, 2 * unit + 1);
  EXPECT_EQ(around.offset, unit);
  EXPECT_EQ(around.size, 2 * unit);
  const ByteRange tail = file->Around(file->size_bytes() - 1, file->size_bytes());
  EXPECT_EQ(file->Room(tail).size(), unit);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file->Room(tail).data()) % unit, 0U);
}

TEST_F(Direct, CountsOnlyWhatWasMissing) {
  LoadReport report;
  const Result<DirectFile> file = DirectFile::Open(path_, report);
  ASSERT_TRUE(file) << file.error().Line();
  const std::uint64_t unit = file->alignment_bytes();
  EXPECT_EQ(file->Gained(unit, 3 * unit, 2 * unit), 2 * unit);
  EXPECT_EQ(file->Gained(unit + 7, 3 * unit, unit), unit - 7);
  EXPECT_EQ(file->Gained(unit + 7, unit + 9, unit), 2U);
  EXPECT_EQ(file->Gained(unit + 7, 3 * unit, 7), 0U);
  EXPECT_EQ(file->Gained(unit + 7, 3 * unit, 3), 0U);
}

TEST_F(Direct, SaysSoWhenTheFileShrankInTheMiddleOfABlock) {
  for (const off_t left : {off_t{0}, off_t{4096}, off_t{5000}}) {
    const std::string path = directory_.Write("g", std::string(3 * 4096 + 608, 'x'));
    LoadReport report;
    Result<DirectFile> file = DirectFile::Open(path, report);
    ASSERT_TRUE(file) << file.error().Line();
    ASSERT_EQ(::truncate(path.c_str(), left), 0);
    const Result<void> read = ReadDirect(*file, {.threads = 1}, report);
    ASSERT_FALSE(read) << left;
    EXPECT_EQ(read.error().Line(),
              path + ": ended " + std::to_string(left) +
                  " B into a read of 12896 B; does something write to the file? [IO_SHRANK]");
  }
}

/// Whether the page cache holds any of the first page of `file`.
bool IsCached(int file) {
  void* page = ::mmap(nullptr, 1, PROT_READ, MAP_SHARED, file, 0);
  unsigned char resident = 0;
  EXPECT_EQ(::mincore(page, 1, &resident), 0);
  ::munmap(page, 1);
  return (resident & 1) != 0;
}

TEST_F(Direct, LeavesTheFileOutOfThePageCache) {
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::fdatasync(file), 0);
  ASSERT_EQ(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
  const bool evicted = !IsCached(file);
  ASSERT_TRUE(OpenDirect(path_, {}));
  const bool cached = IsCached(file);
  ::close(file);
  if (!evicted) GTEST_SKIP() << "this file system keeps its files in memory";
  EXPECT_FALSE(cached);
}

TEST_F(Direct, MemoryIsFaultedInAheadOfAllButTheSmallestReads) {
  const std::string path = directory_.Write("g", std::string(40'000, 'x'));
  const auto ahead = Contains(testing::HasSubstr("faulted in ahead"));
  const auto in_pieces = OpenDirect(path, {.chunk_bytes = 4096});
  ASSERT_TRUE(in_pieces) << in_pieces.error().Line();
  EXPECT_THAT((*in_pieces)->report().advice, ahead);
  EXPECT_EQ(Text((*in_pieces)->View({0, 40'000}).value()), std::string(40'000, 'x'));
  const auto at_once = OpenDirect(path, {});
  ASSERT_TRUE(at_once) << at_once.error().Line();
  EXPECT_THAT((*at_once)->report().advice, Not(ahead));
}

TEST(DirectFallback, ReadsBufferedAndSaysSoWhereTheFileSystemRefuses) {
  const std::string path = "/sys/kernel/notes";
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  if (content.empty() || TakesDirect(path)) GTEST_SKIP() << "no file here that refuses O_DIRECT";
  const auto source = OpenDirect(path, {});
  ASSERT_TRUE(source) << source.error().Line();
  EXPECT_EQ(Text((*source)->View({0, content.size()}).value()), content);
  EXPECT_THAT((*source)->report().fallbacks, Contains("O_DIRECT refused: buffered"));
  EXPECT_EQ((*source)->report().alignment_bytes, 0U);
}

class DirectDeathTest : public Direct {};

TEST_F(DirectDeathTest, ReadsBufferedAndSaysSoWhereOnlyTheReadIsRefused) {
  const std::string path = directory_.Write("g", "0123456789");
  const auto try_it = [&path] {
    LoadReport report;
    const auto unit = static_cast<std::uint32_t>(DirectFile::Open(path, report)->alignment_bytes());
    if (!DenyCall(SYS_pread64, EINVAL, unit)) std::_Exit(2);
    const auto source = OpenDirect(path, {.threads = 1});
    const bool good = source && Text((*source)->View({0, 10}).value()) == "0123456789" &&
                      (*source)->report().alignment_bytes == 0 &&
                      (*source)->report().bytes_read == 10 &&
                      (*source)->report().fallbacks.back() == "O_DIRECT reads refused: buffered";
    std::_Exit(good ? 0 : 1);
  };
  EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

TEST_F(DirectDeathTest, NamesAReadThatFails) {
  const auto try_it = [this] {
    if (!DenyCall(SYS_pread64, EIO)) std::_Exit(2);
    const auto source = OpenDirect(path_, {.threads = 1});
    std::_Exit(!source && source.error().code == "IO_READ" ? 0 : 1);
  };
  EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace falsify::loaders
