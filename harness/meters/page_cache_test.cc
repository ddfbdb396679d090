#include "harness/meters/page_cache.h"

#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/page_bytes.h"
#include "harness/meters/process_memory.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kFileBytes = 16 * kMiB;

std::uint64_t Pages(std::size_t bytes) { return (bytes + PageBytes() - 1) / PageBytes(); }

/// On a disk the file gets cold; on tmpfs MakeCold must say that it cannot. True if it is cold.
bool BecomesCold(const TestDirectory& directory, const std::string& path) {
  const Result<CacheState> cold = MakeCold(path);
  if (!directory.IsOnDisk()) {
    EXPECT_EQ(cold.error().code, "METER_CACHE_NOT_COLD");
    return false;
  }
  EXPECT_TRUE(cold.has_value()) << cold.error().Line();
  return cold.has_value();
}

TEST(PageCache, EvictsAFileThatIsDirty) {
  const TestDirectory directory;
  const std::string path = directory.Write("model", kFileBytes);
  if (!BecomesCold(directory, path)) return;
  const Result<CacheState> state = QueryCache(path);
  ASSERT_TRUE(state.has_value()) << state.error().Line();
  EXPECT_EQ(state->cached_pages, 0U);
  EXPECT_EQ(state->pages, Pages(kFileBytes));
}

TEST(PageCache, WarmsAColdFileWholly) {
  const TestDirectory directory;
  const std::string path = directory.Write("model", kFileBytes + 1);
  BecomesCold(directory, path);
  const Result<CacheState> warm = MakeWarm(path);
  ASSERT_TRUE(warm.has_value()) << warm.error().Line();
  EXPECT_EQ(warm->pages, Pages(kFileBytes) + 1);
  EXPECT_EQ(warm->cached_pages, warm->pages);
  EXPECT_EQ(QueryCache(path)->cached_pages, warm->pages);
}

TEST(PageCache, WarmsAFileOfWhichAPartIsCached) {
  const TestDirectory directory;
  const std::string path = directory.Write("model", kFileBytes);
  if (!BecomesCold(directory, path)) return;
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  ASSERT_TRUE(file.has_value());
  char byte = 0;
  ASSERT_EQ(pread(file->get(), &byte, 1, kFileBytes / 2), 1);
  const std::uint64_t partly = QueryCache(path)->cached_pages;
  ASSERT_GT(partly, 0U);
  const Result<CacheState> warm = MakeWarm(path);
  ASSERT_TRUE(warm.has_value());
  EXPECT_EQ(warm->cached_pages, Pages(kFileBytes));
}

TEST(PageCache, IsNotDeceivedByScatteredCachedPages) {
  const TestDirectory directory;
  const std::string path = directory.Write("model", kFileBytes);
  if (!BecomesCold(directory, path)) return;
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  ASSERT_TRUE(file.has_value());
  posix_fadvise(file->get(), 0, 0, POSIX_FADV_RANDOM);  // no readahead: one page per read
  for (std::size_t at = 0; at < kFileBytes; at += 64 * 1024) {
    char byte = 0;
    ASSERT_EQ(pread(file->get(), &byte, 1, static_cast<off_t>(at)), 1);
  }
  ASSERT_LT(QueryCache(path)->cached_pages, Pages(kFileBytes));
  const Result<CacheState> warm = MakeWarm(path);
  ASSERT_TRUE(warm.has_value());
  EXPECT_EQ(warm->cached_pages, Pages(kFileBytes));
}

TEST(PageCache, WarmsAFileSmallerThanItsThreadsAreMany) {
  const TestDirectory directory;
  const std::string path = directory.Write("model", 1);
  BecomesCold(directory, path);
  const Result<CacheState> warm = MakeWarm(path);
  ASSERT_TRUE(warm.has_value()) << warm.error().Line();
  EXPECT_EQ(warm->cached_pages, 1U);
}

TEST(PageCache, WarmsWithoutHoldingTheFileInMemory) {
  const TestDirectory directory;
  const std::size_t bytes = 4 * kFileBytes;
  const std::string path = directory.Write("model", bytes);
  BecomesCold(directory, path);
  ASSERT_TRUE(ResetPeak().has_value());
  const MemoryNow before = ReadProcessMemory().value();
  ASSERT_TRUE(MakeWarm(path).has_value());
  EXPECT_LT(ReadProcessMemory()->hwm, before.rss + bytes / 2);
}

TEST(PageCache, ReportsPagesThatAMappingKeeps) {
  const TestDirectory directory;
  const std::string path = directory.Write("model", kFileBytes);
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  ASSERT_TRUE(file.has_value());
  void* const mapped =
      mmap(nullptr, kFileBytes / 4, PROT_READ, MAP_SHARED | MAP_POPULATE, file->get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  const Result<CacheState> cold = MakeCold(path);
  munmap(mapped, kFileBytes / 4);
  ASSERT_FALSE(cold.has_value());
  EXPECT_EQ(cold.error().code, "METER_CACHE_NOT_COLD");
  if (directory.IsOnDisk()) {
    // A large folio across the end of the mapping stays as a whole.
    const std::uint64_t stayed = std::stoull(cold.error().what);
    EXPECT_GE(stayed, Pages(kFileBytes / 4));
    EXPECT_LE(stayed, Pages(kFileBytes / 4 + 2 * kMiB));
  }
  BecomesCold(directory, path);
}

TEST(PageCache, CannotTakeAFileOutOfMemoryThatIsNowhereElse) {
  if (!std::filesystem::is_directory("/dev/shm")) GTEST_SKIP() << "no tmpfs at /dev/shm";
  const TestDirectory directory("/dev/shm");
  const std::string path = directory.Write("model", kMiB);
  EXPECT_EQ(MakeCold(path).error().Line(),
            path +
                ": 256 of 256 pages stay in the page cache; some process maps or writes the "
                "file, or it lies in memory (tmpfs) [METER_CACHE_NOT_COLD]");
}

TEST(PageCache, MincoreAgreesWithCachestat) {
  const TestDirectory directory;
  const std::string path = directory.Write("model", kFileBytes - 5);
  const Result<CacheState> by_cachestat = QueryCacheBy(CacheMethod::kCachestat, path);
  const Result<CacheState> by_mincore = QueryCacheBy(CacheMethod::kMincore, path);
  ASSERT_TRUE(by_mincore.has_value()) << by_mincore.error().Line();
  EXPECT_EQ(by_mincore->cached_pages, Pages(kFileBytes));
  EXPECT_EQ(by_mincore->method, CacheMethod::kMincore);
  if (by_cachestat) {
    EXPECT_EQ(by_cachestat->cached_pages, Pages(kFileBytes));
  } else {
    EXPECT_EQ(by_cachestat.error().code, "METER_CACHE_UNVERIFIABLE");  // before Linux 6.5
  }
  if (!BecomesCold(directory, path)) return;
  EXPECT_EQ(QueryCacheBy(CacheMethod::kMincore, path)->cached_pages, 0U);
}

TEST(PageCache, DoesNotBelieveAnswersAboutTheFilesOfOthers) {
  const std::string others = "/etc/passwd";
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    for (const auto method : {CacheMethod::kMincore, CacheMethod::kCachestat}) {
      const Result<CacheState> state = QueryCacheBy(method, others);
      // Before 6.16 cachestat told everybody the truth.
      const bool told = method == CacheMethod::kCachestat && state.has_value();
      if (!told && (state || state.error().code != "METER_CACHE_UNVERIFIABLE")) _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

constexpr int kNoOverlay = 77;

/// In a child: mounts an overlay over `root`/lower in a mount namespace of its own and checks that
/// a cached file seen through it is known to be cached, and evicted for good.
int CheckThroughOverlay(const std::string& root, bool on_disk) {
  const int namespaces = CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
  const std::string options =
      "lowerdir=" + root + "/lower,upperdir=" + root + "/upper,workdir=" + root + "/work";
  const std::string merged = root + "/merged";
  if (unshare(namespaces) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("overlay", merged.c_str(), "overlay", 0, options.c_str()) != 0) {
    return kNoOverlay;
  }
  const Result<CacheState> warm = QueryCache(merged + "/model");
  if (!warm || warm->method != CacheMethod::kMincore) return 1;
  if (warm->cached_pages != Pages(kFileBytes)) return 2;
  if (MakeCold(merged + "/model").has_value() != on_disk) return 3;
  if (on_disk && QueryCache(root + "/lower/model")->cached_pages != 0) return 4;
  return 0;
}

TEST(PageCache, SeesThroughAnOverlay) {
  const TestDirectory directory;
  for (const char* part : {"lower", "upper", "work", "merged"}) {
    std::filesystem::create_directory(directory.path() + "/" + part);
  }
  directory.Write("lower/model", kFileBytes);
  const pid_t child = fork();
  if (child == 0) _exit(CheckThroughOverlay(directory.path(), directory.IsOnDisk()));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoOverlay) GTEST_SKIP() << "no overlay can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(PageCache, RefusesAFileWithHoles) {
  const TestDirectory directory;
  const std::string path = directory.Write("sparse", 0);
  std::filesystem::resize_file(path, kMiB);
  EXPECT_EQ(CheckNotSparse(path).error().Line(),
            path +
                ": 0 B are stored for a file of 1048576 B; a copy made with "
                "`cp --sparse=never` has no holes [METER_SPARSE]");
  EXPECT_EQ(MakeCold(path).error().code, "METER_SPARSE");
  EXPECT_EQ(MakeWarm(path).error().code, "METER_SPARSE");
}

TEST(PageCache, AcceptsAFileWithoutHoles) {
  const TestDirectory directory;
  EXPECT_TRUE(CheckNotSparse(directory.Write("tiny", 1)).has_value());
  EXPECT_TRUE(CheckNotSparse(directory.Write("model", kFileBytes)).has_value());
}

TEST(PageCache, TakesAnEmptyFileAsBothColdAndWarm) {
  const TestDirectory directory;
  const std::string path = directory.Write("empty", 0);
  EXPECT_EQ(MakeCold(path)->pages, 0U);
  EXPECT_EQ(MakeWarm(path)->pages, 0U);
}

TEST(PageCache, NamesAMissingFileAndOneThatIsNone) {
  EXPECT_EQ(QueryCache("/nowhere/model").error().Line(),
            "/nowhere/model: cannot open: No such file or directory [METER_OPEN]");
  EXPECT_EQ(MakeWarm("/dev/null").error().Line(),
            "/dev/null: not a regular file [METER_FILE_KIND]");
  EXPECT_EQ(MakeCold("/proc").error().code, "METER_FILE_KIND");
}

}  // namespace
}  // namespace falsify::harness
