#include "loaders/sources/source.h"

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

#include "gtest/gtest.h"
#include "loaders/test_files.h"

namespace falsify::loaders {

void PrintTo(const SourceEntry& source, std::ostream* out) { *out << source.name; }

namespace {

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string ErrorOf(const Result<std::unique_ptr<Source>>& source) {
  return source ? "no error" : source.error().Line();
}

/// What every source promises; a new one is tested by being registered.
class EverySource : public testing::TestWithParam<SourceEntry> {
 protected:
  Result<std::unique_ptr<Source>> Open(const std::string& path) {
    return GetParam().open(path, {});
  }

  TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Sources, EverySource,
                         testing::ValuesIn(Sources().begin(), Sources().end()),
                         [](const auto& source) { return std::string(source.param.name); });

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

Result<std::unique_ptr<Source>> OpenNamed(std::string_view name, const std::string& path) {
  for (const SourceEntry& entry : Sources()) {
    if (entry.name == name) return entry.open(path, {});
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

TEST(MmapSource, MapsTheWholeFileAndReadsOnlyWhatIsCopied) {
  const TemporaryDirectory directory;
  constexpr std::size_t kBytes = 64 * 4096;
  const std::string path = directory.Write("f", std::string(kBytes, 'x'));
  const auto source = OpenNamed("mmap", path);
  ASSERT_TRUE(source);
  std::vector<std::byte> copy(100);
  ASSERT_TRUE((*source)->Copy(8, copy));
  EXPECT_EQ((*source)->report().bytes_mapped, kBytes);
  EXPECT_EQ((*source)->report().bytes_read, 100U);
  EXPECT_EQ((*source)->report().read_calls, 1U);
}

TEST(MmapSource, SaysSoWhenTheFileShrankUnderACopy) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("f", "0123456789");
  const auto source = OpenNamed("mmap", path);
  ASSERT_TRUE(source);
  ASSERT_EQ(::truncate(path.c_str(), 6), 0);
  std::vector<std::byte> copy(8);
  const Result<void> copied = (*source)->Copy(2, copy);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().Line(), path +
                                       ": ended 4 B into a read of 8 B; does something write "
                                       "to the file? [IO_SHRANK]");
}

}  // namespace
}  // namespace falsify::loaders
