#include "harness/meters/page_cache.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/meters/cache_query.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/file_reading.h"

namespace falsify::harness {
namespace {

constexpr int kEvictionAttempts = 5;
constexpr auto kEvictionPause = std::chrono::milliseconds(20);
constexpr int kWarmingAttempts = 2;
constexpr unsigned kWarmingThreads = 2;
constexpr std::uint64_t kReadinessStride = 128 * 1024;  // smaller than any usual readahead

/// False if a read would wait, or if this file system cannot say.
bool ReadableWithoutWaiting(const RegularFile& file) {
  char byte = 0;
  const iovec to{.iov_base = &byte, .iov_len = 1};
  for (std::uint64_t at = 0; at < file.size_bytes; at += kReadinessStride) {
    const auto offset = static_cast<off_t>(at);
    if (preadv2(file.descriptor.get(), &to, 1, offset, RWF_NOWAIT) != 1) return false;
  }
  return true;
}

Result<RegularFile> OpenWhole(const std::string& path) {
  const Result<void> whole = CheckNotSparse(path);
  if (!whole) return Fail(whole.error());
  return OpenRegularFile(path, O_RDONLY);
}

}  // namespace

std::string_view Name(CacheMethod method) {
  return method == CacheMethod::kCachestat ? "cachestat" : "mincore";
}

Result<CacheState> QueryCache(const std::string& path) {
  const Result<RegularFile> file = OpenRegularFile(path, O_RDONLY);
  if (!file) return Fail(file.error());
  return QueryCache(*file, path);
}

Result<CacheState> QueryCacheBy(CacheMethod method, const std::string& path) {
  const Result<RegularFile> file = OpenRegularFile(path, O_RDONLY);
  if (!file) return Fail(file.error());
  return QueryCacheBy(method, *file, path);
}

Result<void> CheckNotSparse(const std::string& path) {
  const Result<RegularFile> file = OpenRegularFile(path, O_RDONLY);
  if (!file) return Fail(file.error());
  struct stat facts {};
  if (fstat(file->descriptor.get(), &facts) != 0) {
    return Fail(SystemError("METER_OPEN", path, "stat", errno));
  }
  constexpr std::uint64_t kBlock = 512;  // unit of st_blocks on Linux, whatever the file system
  const std::uint64_t stored = static_cast<std::uint64_t>(facts.st_blocks) * kBlock;
  if (stored < file->size_bytes) {
    return Fail(
        {.code = "METER_SPARSE",
         .where = path,
         .what = fmt::format("{} B are stored for a file of {} B", stored, file->size_bytes),
         .hint = "a copy made with `cp --sparse=never` has no holes"});
  }
  return {};
}

Result<CacheState> MakeCold(const std::string& path) {
  const Result<RegularFile> file = OpenWhole(path);
  if (!file) return Fail(file.error());
  const int fd = file->descriptor.get();
  CacheState state;
  for (int attempt = 0; attempt < kEvictionAttempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kEvictionPause);
    fdatasync(fd);  // dirty pages cannot be dropped; if this fails they stay, and are reported
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    const Result<CacheState> now = QueryCache(*file, path);
    if (!now) return now;
    if (now->cached_pages == 0) return now;
    state = *now;
  }
  return Fail({.code = "METER_CACHE_NOT_COLD",
               .where = path,
               .what = fmt::format("{} of {} pages stay in the page cache", state.cached_pages,
                                   state.pages),
               .hint = "some process maps or writes the file, or it lies in memory (tmpfs)"});
}

Result<CacheState> MakeWarm(const std::string& path) {
  const Result<RegularFile> file = OpenWhole(path);
  if (!file) return Fail(file.error());
  CacheState state;
  for (int attempt = 0; attempt <= kWarmingAttempts; ++attempt) {
    if (attempt > 0) {
      const Result<void> read = ReadThrough(path, file->size_bytes, kWarmingThreads);
      if (!read) return Fail(read.error());
    }
    const Result<CacheState> now = QueryCache(*file, path);
    if (!now) return now;
    // After reading every byte, cached pages are no longer on their way.
    const bool ready = attempt > 0 || ReadableWithoutWaiting(*file);
    if (now->cached_pages == now->pages && ready) return now;
    state = *now;
  }
  return Fail({.code = "METER_CACHE_NOT_WARM",
               .where = path,
               .what = fmt::format("only {} of {} pages are cached after reading it {} times",
                                   state.cached_pages, state.pages, kWarmingAttempts),
               .hint = "is there memory for it?"});
}

}  // namespace falsify::harness
