#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loaders/error.h"

namespace falsify::harness {

/// How the kernel is asked which pages of a file it caches.
enum class CacheMethod {
  kCachestat,  ///< cachestat(2), Linux 6.5
  kMincore,    ///< mincore(2), which tells the truth to the file's owner or a writer only
};
std::string_view Name(CacheMethod method);  ///< "cachestat", "mincore"

/// What of one file is in the page cache.
struct CacheState {
  CacheMethod method = CacheMethod::kCachestat;
  std::uint64_t pages = 0;  ///< of the file, its last partial page included
  std::uint64_t cached_pages = 0;
};

/// By cachestat, or by mincore where there is no cachestat or it cannot see the file: an overlay
/// file system keeps the pages with the file below, of which cachestat says 0 cached.
/// Reads nothing. Errors: METER_OPEN, METER_FILE_KIND, METER_CACHE_QUERY (errno named);
/// METER_CACHE_UNVERIFIABLE if the kernel would refuse or make up an answer for this user.
Result<CacheState> QueryCache(const std::string& path);

/// The same by one way only. METER_CACHE_UNVERIFIABLE if that way is closed here.
Result<CacheState> QueryCacheBy(CacheMethod method, const std::string& path);

/// A file with holes (or compressed in place) is read without the I/O that its size promises, so
/// no time to read it means anything. Errors: METER_OPEN, METER_FILE_KIND, METER_SPARSE.
Result<void> CheckNotSparse(const std::string& path);

/// Takes a file out of the page cache: sync, POSIX_FADV_DONTNEED, then proof that nothing stayed.
/// Not even as root can it take pages that some process maps, nor those of tmpfs.
/// Errors: as CheckNotSparse and QueryCache, and METER_CACHE_NOT_COLD (how many pages stay).
Result<CacheState> MakeCold(const std::string& path);

/// Brings all of a file into the page cache and proves it: every page cached and, as the kernel
/// also counts pages still on their way from storage, readable without waiting. Reads nothing if
/// that is so already, else everything, on two threads through 1 MiB each; these reads are in
/// ReadIoCounters, so this is for the harness, not for the worker that is metered.
/// Errors: as CheckNotSparse and QueryCache, METER_READ, METER_CACHE_NOT_WARM (pages missing).
Result<CacheState> MakeWarm(const std::string& path);

}  // namespace falsify::harness
