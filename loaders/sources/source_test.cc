#include "loaders/sources/source.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/test_files.h"

namespace falsify::loaders {

void PrintTo(const SourceEntry& source, std::ostream* out) { *out << source.name; }

namespace {

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Bytes of which no two pages are alike.
std::string Pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

std::string ErrorOf(const Result<std::unique_ptr<Source>>& source) {
  return source ? "no error" : source.error().Line();
}

/// What every source promises; a new one is tested by being registered.
class EverySource : public testing::TestWithParam<SourceEntry> {
 protected:
  void SetUp() override {
    const auto source = Open(directory_.Write("probe", "x"));
    if (!source && source.error().code == "LOADER_UNAVAILABLE") GTEST_SKIP() << ErrorOf(source);
  }

  Result<std::unique_ptr<Source>> Open(const std::string& path, SourceOptions options = {}) {
    return GetParam().open(path, options);
  }

  bool Takes(std::string_view option) const {
    const auto is_it = [&](const LoaderOption& known) { return known.name == option; };
    return std::ranges::any_of(GetParam().options, is_it);
  }

  TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Sources, EverySource,
                         testing::ValuesIn(Sources().begin(), Sources().end()),
                         [](const auto& source) {
                           std::string name(source.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(EverySource, ShowsTheBytesOfTheFile) {
  const std::string path = directory_.Write("f", "0123456789");
  const auto source = Open(path);
  ASSERT_TRUE(source) << ErrorOf(source);
  EXPECT_EQ((*source)->path(), path);
  EXPECT_EQ((*source)->size_bytes(), 10U);
  EXPECT_EQ(Text((*source)->View({0, 10}).value()), "0123456789");
  EXPECT_EQ(Text((*source)->View({3, 4}).value()), "3456");
  std::vector<std::byte> copy(4);
  ASSERT_TRUE((*source)->Copy(6, copy));
  EXPECT_EQ(Text(copy), "6789");
}

TEST_P(EverySource, RefusesRangesPastTheEndHoweverTheyWrap) {
  const std::string path = directory_.Write("f", "0123456789");
  const auto source = Open(path);
  ASSERT_TRUE(source) << ErrorOf(source);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (const ByteRange range :
       {ByteRange{0, 11}, ByteRange{11, 0}, ByteRange{9, 2}, ByteRange{kMost, 2},
        ByteRange{2, kMost}, ByteRange{kMost, kMost}}) {
    const auto view = (*source)->View(range);
    ASSERT_FALSE(view) << range.offset << " " << range.size;
    EXPECT_EQ(view.error().code, "IO_RANGE");
  }
  EXPECT_TRUE((*source)->View({10, 0}).value().empty());
  std::vector<std::byte> copy(4);
  const Result<void> copied = (*source)->Copy(7, copy);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().Line(), path + " @ 0x7: 4 B asked for, in a file of 10 B [IO_RANGE]");
}

TEST_P(EverySource, OpensAnEmptyFile) {
  const auto source = Open(directory_.Write("empty", ""));
  ASSERT_TRUE(source) << ErrorOf(source);
  EXPECT_EQ((*source)->size_bytes(), 0U);
  EXPECT_TRUE((*source)->View({0, 0}).value().empty());
  EXPECT_EQ((*source)->View({0, 1}).error().code, "IO_RANGE");
}

TEST_P(EverySource, ShowsFilesOfAnySizeAroundItsBlocksAndChunks) {
  constexpr std::size_t kChunk = 8192;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{513}, std::size_t{4095},
        std::size_t{4096}, kChunk - 1, kChunk, kChunk + 1, 5 * kChunk, 7 * kChunk + 608}) {
    const std::string content = Pattern(size);
    const auto source = Open(directory_.Write("f", content),
                             {.threads = 3, .chunk_bytes = kChunk, .queue_depth = 2});
    ASSERT_TRUE(source) << ErrorOf(source);
    EXPECT_TRUE(Text((*source)->View({0, size}).value()) == content) << size;
    std::vector<std::byte> last(1);
    ASSERT_TRUE((*source)->Copy(size - 1, last));
    EXPECT_EQ(static_cast<char>(last[0]), content.back()) << size;
  }
}

TEST_P(EverySource, ShowsAFileOfSeveralChunksOfItsOwnChoice) {
  const std::string content = Pattern((std::size_t{33} << 20) + 12345);
  const auto source = Open(directory_.Write("f", content));
  ASSERT_TRUE(source) << ErrorOf(source);
  EXPECT_TRUE(Text((*source)->View({0, content.size()}).value()) == content);
}

TEST_P(EverySource, ReportsTheOptionsItTakes) {
  const std::string path = directory_.Write("f", std::string(100'000, 'x'));
  const auto source = Open(path, {.threads = 3, .chunk_bytes = 8192, .queue_depth = 5});
  ASSERT_TRUE(source) << ErrorOf(source);
  const LoadReport report = (*source)->report();
  EXPECT_EQ(report.threads, Takes("threads") ? 3U : 1U);
  EXPECT_EQ(report.chunk_bytes, Takes("chunk") ? 8192U : 0U);
  EXPECT_EQ(report.queue_depth, Takes("queue_depth") ? 5U : 0U);
}

TEST_P(EverySource, StartsNoMoreThreadsThanThereAreChunks) {
  if (!Takes("threads")) GTEST_SKIP() << "has one";
  const auto source =
      Open(directory_.Write("f", std::string(8193, 'x')), {.threads = 7, .chunk_bytes = 8192});
  ASSERT_TRUE(source) << ErrorOf(source);
  EXPECT_EQ((*source)->report().threads, 2U);
}

TEST_P(EverySource, AccountsForEveryByteOnce) {
  constexpr std::size_t kBytes = 100'000;
  const auto source =
      Open(directory_.Write("f", std::string(kBytes, 'x')), {.threads = 2, .chunk_bytes = 4096});
  ASSERT_TRUE(source) << ErrorOf(source);
  const LoadReport report = (*source)->report();
  if (report.bytes_mapped != 0) {
    EXPECT_EQ(report.bytes_mapped, kBytes);
  } else {
    EXPECT_EQ(report.bytes_read, kBytes);
    EXPECT_GE(report.read_calls, report.chunk_bytes == 0 ? 1U : 25U);
  }
}

TEST_P(EverySource, SaysSoWhenTheFileIsShorterThanItSaid) {
  // The kernel gives this a size of 4096 and then a few characters.
  const auto source = Open("/sys/devices/system/cpu/online");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error().code, testing::AnyOf("IO_SHRANK", "IO_MAP"));
}

TEST_P(EverySource, NamesWhatIsNotThere) {
  const std::string path = directory_ / "absent";
  EXPECT_EQ(ErrorOf(Open(path)), path + ": cannot open: No such file or directory [IO_OPEN]");
}

TEST_P(EverySource, RefusesDirectoriesDevicesAndFifosAndNeverWaits) {
  const std::string fifo = directory_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(ErrorOf(Open(fifo)), fifo + ": is a fifo, expected a regular file [IO_NOT_REGULAR]");
  EXPECT_EQ(ErrorOf(Open("/dev/zero")),
            "/dev/zero: is a device, expected a regular file [IO_NOT_REGULAR]");
  EXPECT_EQ(ErrorOf(Open("/tmp")),
            "/tmp: is a directory, expected a regular file [IO_NOT_REGULAR]");
}

TEST_P(EverySource, LeavesNoDescriptorToChildren) {
  const std::string path = directory_.Write("f", "x");
  const auto source = Open(path);
  ASSERT_TRUE(source) << ErrorOf(source);
  for (int descriptor = 3; descriptor < 256; ++descriptor) {
    struct stat opened = {};
    struct stat ours = {};
    if (::fstat(descriptor, &opened) != 0 || ::stat(path.c_str(), &ours) != 0) continue;
    if (opened.st_ino != ours.st_ino || opened.st_dev != ours.st_dev) continue;
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_P(EverySource, ClosesWhatItOpened) {
  const std::string path = directory_.Write("f", "x");
  const int before = ::dup(0);
  ::close(before);
  { ASSERT_TRUE(Open(path)); }
  EXPECT_FALSE(Open(directory_ / "absent"));
  EXPECT_FALSE(Open("/tmp"));
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(before, after);
}

Result<std::unique_ptr<Source>> OpenNamed(std::string_view name, const std::string& path,
                                          SourceOptions options = {}) {
  for (const SourceEntry& entry : Sources()) {
    if (entry.name == name) return entry.open(path, options);
  }
  return Fail({"TEST", "", "no such source", ""});
}

TEST(ReadSource, CountsEveryByteAndTheCallThatFoundTheEnd) {
  const TemporaryDirectory directory;
  const auto source = OpenNamed("read", directory.Write("f", std::string(5000, 'x')));
  ASSERT_TRUE(source);
  std::vector<std::byte> copy(100);
  ASSERT_TRUE((*source)->Copy(0, copy));
  EXPECT_EQ((*source)->report().bytes_read, 5000U);
  EXPECT_EQ((*source)->report().read_calls, 2U);
  EXPECT_EQ((*source)->report().bytes_mapped, 0U);
}

TEST(ReadSource, KeepsWhatItReadWhenTheFileChangesLater) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("f", "0123");
  const auto source = OpenNamed("read", path);
  ASSERT_TRUE(source);
  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  EXPECT_EQ(Text((*source)->View({0, 4}).value()), "0123");
}

TEST(ReadSource, SaysSoWhenTheFileHoldsMoreThanItSaid) {
  // The kernel gives these a size of 0 and then text: what a file that grows looks like.
  EXPECT_EQ(ErrorOf(OpenNamed("read", "/proc/self/status")),
            "/proc/self/status: grew beyond 0 B while it was read; does something write to the "
            "file? [IO_SHRANK]");
}

TEST(PreadSource, CountsEveryByteOnceAndNoCallBeyondTheChunks) {
  const TemporaryDirectory directory;
  const auto source = OpenNamed("pread", directory.Write("f", std::string(20'000, 'x')),
                                {.threads = 2, .chunk_bytes = 8192});
  ASSERT_TRUE(source);
  std::vector<std::byte> copy(100);
  ASSERT_TRUE((*source)->Copy(0, copy));
  EXPECT_EQ((*source)->report().bytes_read, 20'000U);
  EXPECT_EQ((*source)->report().read_calls, 3U);
  EXPECT_EQ((*source)->report().bytes_mapped, 0U);
}

TEST(PreadSource, ReadsChunksOf16MiBUnlessToldOtherwise) {
  const TemporaryDirectory directory;
  const auto source = OpenNamed("pread", directory.Write("f", "x"));
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->report().chunk_bytes, std::uint64_t{16} << 20);
}

}  // namespace
}  // namespace falsify::loaders
