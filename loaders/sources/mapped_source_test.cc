#include "loaders/sources/mapped_source.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/sources/deny_call_for_test.h"
#include "loaders/sources/mmap.h"
#include "loaders/sources/mmap_populate.h"
#include "loaders/sources/mmap_prefetch.h"
#include "loaders/sources/mmap_random.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kBytes = 64 * 4096;

/// How many pages of `bytes` this process could read without a fault.
std::size_t PresentPages(std::span<const std::byte> bytes) {
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<std::uint64_t> entries((bytes.size() + page_bytes - 1) / page_bytes);
  const std::uint64_t first = reinterpret_cast<std::uintptr_t>(bytes.data()) / page_bytes;
  const int pagemap = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  const std::size_t size = entries.size() * sizeof(std::uint64_t);
  const auto at = static_cast<off_t>(first * sizeof(std::uint64_t));
  EXPECT_EQ(::pread(pagemap, entries.data(), size, at), static_cast<ssize_t>(size));
  ::close(pagemap);
  constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
  std::size_t present = 0;
  for (const std::uint64_t entry : entries) present += (entry & kPresent) != 0 ? 1 : 0;
  return present;
}

/// The kernel's own flags of the mapping of `path` (proc_pid_smaps(5)).
std::string FlagsOfMapping(const std::string& path) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  while (std::getline(maps, line) && line.find(path) == std::string::npos) {
  }
  while (std::getline(maps, line)) {
    if (line.rfind("VmFlags:", 0) == 0) return line;
  }
  return "";
}

class Mapped : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::string path_ = directory_.Write("f", std::string(kBytes, 'x'));
};

TEST_F(Mapped, TheWholeFileAndReadOnlyWhatIsCopied) {
  const auto source = OpenMmap(path_, {});
  ASSERT_TRUE(source);
  std::vector<std::byte> copy(100);
  ASSERT_TRUE((*source)->Copy(8, copy));
  EXPECT_EQ((*source)->report().bytes_mapped, kBytes);
  EXPECT_EQ((*source)->report().bytes_read, 100U);
  EXPECT_EQ((*source)->report().read_calls, 1U);
  EXPECT_EQ(PresentPages(*(*source)->View({0, kBytes})), 0U);
}

TEST_F(Mapped, SaysSoWhenTheFileShrankUnderACopy) {
  for (const OpenSource open : {&OpenMmap, &OpenMmapPopulate, &OpenMmapRandom}) {
    const std::string path = directory_.Write("g", "0123456789");
    const auto source = open(path, {});
    ASSERT_TRUE(source);
    ASSERT_EQ(::truncate(path.c_str(), 6), 0);
    std::vector<std::byte> copy(8);
    const Result<void> copied = (*source)->Copy(2, copy);
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().Line(), path +
                                         ": ended 4 B into a read of 8 B; does something write "
                                         "to the file? [IO_SHRANK]");
  }
}

TEST_F(Mapped, MayBeCopiedFromBySeveralThreads) {
  const auto source = MappedSource::Open(path_);
  ASSERT_TRUE(source);
  constexpr int kCopies = 1000;
  const auto copy = [&] {
    std::vector<std::byte> into(16);
    for (int i = 0; i < kCopies; ++i) ASSERT_TRUE((*source)->Copy(0, into));
  };
  std::thread other(copy);
  copy();
  other.join();
  EXPECT_EQ((*source)->report().read_calls, 2U * kCopies);
}

TEST_F(Mapped, PopulateFaultsInEveryPage) {
  const auto source = OpenMmapPopulate(path_, {.threads = 2, .chunk_bytes = 16 * 4096});
  ASSERT_TRUE(source);
  EXPECT_EQ(PresentPages(*(*source)->View({0, kBytes})), kBytes / 4096);
  EXPECT_THAT((*source)->report().advice, ElementsAre("madvise POPULATE_READ"));
  EXPECT_THAT((*source)->report().fallbacks, IsEmpty());
  EXPECT_EQ((*source)->report().bytes_read, 0U);
}

TEST_F(Mapped, PopulateSaysSoWhenTheFileShrank) {
  for (const off_t left : {off_t{0}, off_t{4096}, static_cast<off_t>(kBytes - 1)}) {
    const std::string path = directory_.Write("g", std::string(kBytes, 'x'));
    const auto source = MappedSource::Open(path);
    ASSERT_TRUE(source);
    ASSERT_EQ(::truncate(path.c_str(), left), 0);
    const Result<void> populated = Populate(**source, {});
    ASSERT_FALSE(populated) << left;
    EXPECT_EQ(populated.error().Line(), path + ": was 262144 B when opened, is " +
                                            std::to_string(left) +
                                            " B; does something write to the file? [IO_SHRANK]");
  }
}

TEST(MappedDeathTest, PopulateFallsBackToTheMappingFlagAndSaysSo) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("f", std::string(kBytes, 'x'));
  const auto try_it = [&path] {
    if (!DenyCall(SYS_madvise, EINVAL, MADV_POPULATE_READ)) std::_Exit(2);
    const auto source = OpenMmapPopulate(path, {.threads = 2, .chunk_bytes = 4096});
    const bool good =
        source && PresentPages(*(*source)->View({0, kBytes})) == kBytes / 4096 &&
        (*source)->report().threads == 1 && (*source)->report().chunk_bytes == 0 &&
        (*source)->report().advice.empty() &&
        (*source)->report().fallbacks ==
            std::vector<std::string>{"MADV_POPULATE_READ refused: MAP_POPULATE, on one thread"};
    std::_Exit(good ? 0 : 1);
  };
  EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

TEST(MappedDeathTest, PopulateNamesWhatTheKernelSaid) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("f", std::string(kBytes, 'x'));
  const auto try_it = [&path] {
    if (!DenyCall(SYS_madvise, EHWPOISON, MADV_POPULATE_READ)) std::_Exit(2);
    const auto source = OpenMmapPopulate(path, {.threads = 1});
    const bool good = !source && source.error().code == "IO_READ" &&
                      source.error().what.find("hardware") != std::string::npos;
    std::_Exit(good ? 0 : 1);
  };
  EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

TEST_F(Mapped, PrefetchReadsTheWholeFileByItself) {
  const auto source = OpenMmapPrefetch(path_, {.chunk_bytes = 16 * 4096});
  ASSERT_TRUE(source);
  while ((*source)->report().bytes_read < kBytes) std::this_thread::yield();
  EXPECT_EQ((*source)->report().bytes_read, kBytes);
  EXPECT_EQ((*source)->report().read_calls, 4U);
  EXPECT_THAT((*source)->report().fallbacks, IsEmpty());
  EXPECT_EQ(PresentPages(*(*source)->View({0, kBytes})), 0U);
}

/// A file that no thread reads to its end while a test runs.
void MakeEndless(const std::string& path) {
  std::ofstream(path).close();
  ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 40), 0);
}

TEST_F(Mapped, PrefetchEndsWithItsSource) {
  const std::string path = directory_ / "endless";
  MakeEndless(path);
  EXPECT_TRUE(OpenMmapPrefetch(path, {.chunk_bytes = 4096}));
}

TEST_F(Mapped, PrefetchNotesThatTheFileShrank) {
  const std::string path = directory_ / "endless";
  MakeEndless(path);
  const auto source = OpenMmapPrefetch(path, {.chunk_bytes = 4096});
  ASSERT_TRUE(source);
  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  while ((*source)->report().fallbacks.empty()) std::this_thread::yield();
  EXPECT_THAT((*source)->report().fallbacks[0], HasSubstr("stopped reading ahead: " + path));
  EXPECT_THAT((*source)->report().fallbacks[0], HasSubstr("[IO_SHRANK]"));
}

TEST_F(Mapped, RandomTurnsReadaheadOff) {
  const auto plain = OpenMmap(path_, {});
  ASSERT_TRUE(plain);
  EXPECT_THAT(FlagsOfMapping(path_), Not(HasSubstr(" rr")));
  const std::string path = directory_.Write("random", std::string(kBytes, 'x'));
  const auto source = OpenMmapRandom(path, {});
  ASSERT_TRUE(source);
  EXPECT_THAT(FlagsOfMapping(path), HasSubstr(" rr"));
  EXPECT_THAT((*source)->report().advice, ElementsAre("madvise RANDOM"));
}

}  // namespace
}  // namespace falsify::loaders
