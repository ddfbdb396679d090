#include "loaders/sources/mmap_random.h"

#include <sys/mman.h>
#include <utility>

#include "loaders/sources/mapped_source.h"

namespace falsify::loaders {

Result<std::unique_ptr<Source>> OpenMmapRandom(const std::string& path, const SourceOptions&) {
  Result<std::unique_ptr<MappedSource>> mapped = MappedSource::Open(path);
  if (!mapped) return Fail(std::move(mapped.error()));
  MappedSource& source = **mapped;
  const bool advised = ::madvise(source.base(), source.size_bytes(), MADV_RANDOM) == 0;
  source.AmendReport([advised](LoadReport& report) {
    if (advised) {
      report.advice.emplace_back("madvise RANDOM");
    } else {
      report.fallbacks.emplace_back("MADV_RANDOM refused: as mmap");
    }
  });
  return std::move(*mapped);
}

}  // namespace falsify::loaders
