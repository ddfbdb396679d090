#include "loaders/sources/mmap_populate.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

#include "loaders/sources/parallel.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kDefaultWindow = std::uint64_t{64} << 20;

/// 0, or why not.
int FaultIn(std::byte* start, std::size_t size) {
  int done = 0;
  do {
    done = ::madvise(start, size, MADV_POPULATE_READ);
  } while (done != 0 && errno == EINTR);
  return done == 0 ? 0 : errno;
}

std::byte* Start(const MappedSource& source) { return static_cast<std::byte*>(source.base()); }

std::uint64_t PageBytes() { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

Result<void> PopulateByThreads(const MappedSource& source, const SourceOptions& options,
                               LoadReport& report) {
  const std::uint64_t page = PageBytes();
  const std::uint64_t asked = options.chunk_bytes != 0 ? options.chunk_bytes : kDefaultWindow;
  const std::uint64_t window = (asked + page - 1) / page * page;
  const auto populate = [&](ByteRange range, LoadReport&) -> Result<void> {
    const int why = FaultIn(Start(source) + range.offset, range.size);
    if (why == 0) return {};
    if (Result<void> whole = source.file().CheckStillWhole(); !whole) return whole;
    return Fail(SystemError("IO_READ", source.path(), "populate the mapping", why));
  };
  report.advice.emplace_back("madvise POPULATE_READ");
  return ReadChunks(source.size_bytes(), window, options.threads, populate, report);
}

/// Faults in what it can and tells nobody what it could not.
Result<void> PopulateByMapping(const MappedSource& source, LoadReport& report) {
  report.fallbacks.emplace_back("MADV_POPULATE_READ refused: MAP_POPULATE, on one thread");
  void* again = ::mmap(source.base(), source.size_bytes(), PROT_READ,
                       MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, source.file().descriptor(), 0);
  if (again == MAP_FAILED) return Fail(SystemError("IO_MAP", source.path(), "map", errno));
  return {};
}

}  // namespace

Result<void> Populate(MappedSource& source, const SourceOptions& options) {
  LoadReport report = source.report();
  const std::size_t first = std::min(PageBytes(), source.size_bytes());
  const bool refused = first > 0 && FaultIn(Start(source), first) == EINVAL;
  Result<void> populated =
      refused ? PopulateByMapping(source, report) : PopulateByThreads(source, options, report);
  source.AmendReport([&report](LoadReport& into) { into = std::move(report); });
  return populated ? source.file().CheckStillWhole() : populated;
}

Result<std::unique_ptr<Source>> OpenMmapPopulate(const std::string& path,
                                                 const SourceOptions& options) {
  Result<std::unique_ptr<MappedSource>> mapped = MappedSource::Open(path);
  if (!mapped) return Fail(std::move(mapped.error()));
  if (Result<void> done = Populate(**mapped, options); !done) return Fail(std::move(done.error()));
  return std::move(*mapped);
}

}  // namespace falsify::loaders
