#include "harness/meters/cache_query.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/meters/page_bytes.h"

namespace falsify::harness {
namespace {

// Not in Debian 12's headers (Linux 6.1): include/uapi/linux/mman.h of Linux 6.5.
constexpr long kSysCachestat = 451;
struct CachestatRange {
  std::uint64_t offset;
  std::uint64_t length;
};
struct Cachestat {
  std::uint64_t cached;
  std::uint64_t dirty;
  std::uint64_t writeback;
  std::uint64_t evicted;
  std::uint64_t recently_evicted;
};

constexpr std::uint64_t kOverlayMagic = 0x794c7630;      // OVERLAYFS_SUPER_MAGIC, linux/magic.h
constexpr std::uint64_t kMincoreWindow = 1024UL << 20U;  // address space, not memory

std::uint64_t PagesOf(const RegularFile& file) {
  const std::uint64_t page_bytes = PageBytes();
  return file.size_bytes / page_bytes + (file.size_bytes % page_bytes != 0 ? 1 : 0);
}

tl::unexpected<Error> Unverifiable(const std::string& path, std::string why) {
  return Fail({.code = "METER_CACHE_UNVERIFIABLE",
               .where = path,
               .what = std::move(why),
               .hint = "own the file: measure a copy"});
}

Result<CacheState> ByCachestat(const RegularFile& file, const std::string& path) {
  struct statfs system {};
  if (fstatfs(file.descriptor.get(), &system) == 0 &&
      static_cast<std::uint64_t>(system.f_type) == kOverlayMagic) {
    return Unverifiable(path, "cachestat sees no page of a file on an overlay file system");
  }
  const CachestatRange range{.offset = 0, .length = file.size_bytes};
  Cachestat stat{};
  if (syscall(kSysCachestat, file.descriptor.get(), &range, &stat, 0) == 0) {
    return CacheState{CacheMethod::kCachestat, PagesOf(file), stat.cached};
  }
  const int error = errno;
  if (error == ENOSYS || error == EOPNOTSUPP || error == EPERM) {
    return Unverifiable(path, SystemError("", "", "ask cachestat", error).what);
  }
  return Fail(SystemError("METER_CACHE_QUERY", path, "ask cachestat", error));
}

/// The kernel's own condition for a true answer (mm/mincore.c, can_do_mincore).
bool MincoreIsTruthful(int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return false;
  if (facts.st_uid == geteuid()) return true;
  return faccessat(AT_FDCWD, fmt::format("/proc/self/fd/{}", fd).c_str(), W_OK, AT_EACCESS) == 0;
}

Result<std::uint64_t> CachedPagesInWindow(const RegularFile& file, const std::string& path,
                                          std::uint64_t offset, std::size_t bytes) {
  void* const window = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.descriptor.get(),
                            static_cast<off_t>(offset));
  if (window == MAP_FAILED) return Fail(SystemError("METER_CACHE_QUERY", path, "map", errno));
  std::vector<unsigned char> pages((bytes + PageBytes() - 1) / PageBytes());
  const int failed = mincore(window, bytes, pages.data());
  const int error = errno;
  munmap(window, bytes);
  if (failed != 0) return Fail(SystemError("METER_CACHE_QUERY", path, "ask mincore", error));
  return static_cast<std::uint64_t>(std::count_if(
      pages.begin(), pages.end(), [](unsigned char page) { return (page & 1U) != 0; }));
}

Result<CacheState> ByMincore(const RegularFile& file, const std::string& path) {
  if (!MincoreIsTruthful(file.descriptor.get())) {
    return Unverifiable(path, "mincore answers \"all cached\" to whoever may not write the file");
  }
  CacheState state{CacheMethod::kMincore, PagesOf(file), 0};
  for (std::uint64_t at = 0; at < file.size_bytes; at += kMincoreWindow) {
    const std::uint64_t bytes = std::min(kMincoreWindow, file.size_bytes - at);
    const Result<std::uint64_t> cached = CachedPagesInWindow(file, path, at, bytes);
    if (!cached) return Fail(cached.error());
    state.cached_pages += *cached;
  }
  return state;
}

}  // namespace

Result<CacheState> QueryCacheBy(CacheMethod method, const RegularFile& file,
                                const std::string& path) {
  return method == CacheMethod::kCachestat ? ByCachestat(file, path) : ByMincore(file, path);
}

Result<CacheState> QueryCache(const RegularFile& file, const std::string& path) {
  Result<CacheState> state = ByCachestat(file, path);
  if (state || state.error().code != "METER_CACHE_UNVERIFIABLE") return state;
  return ByMincore(file, path);
}

}  // namespace falsify::harness
