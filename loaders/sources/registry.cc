#include <array>

#include "loaders/sources/direct.h"
#include "loaders/sources/mmap.h"
#include "loaders/sources/mmap_populate.h"
#include "loaders/sources/mmap_prefetch.h"
#include "loaders/sources/mmap_random.h"
#include "loaders/sources/pread.h"
#include "loaders/sources/read.h"
#include "loaders/sources/source.h"
#include "loaders/sources/uring.h"

namespace falsify::loaders {

std::span<const SourceEntry> Sources() {
  static constexpr std::array kSources = {
      SourceEntry{"read", "whole file into one heap buffer", 1.0, {}, &OpenRead},
      SourceEntry{"mmap", "mapped, faulted in on first touch", 0.0, {}, &OpenMmap},
      SourceEntry{"mmap-populate", "mapped, all pages faulted in by threads", 0.0,
                  kMmapPopulateOptions, &OpenMmapPopulate},
      SourceEntry{"mmap-prefetch", "mapped, read ahead by a thread of its own", 0.0,
                  kMmapPrefetchOptions, &OpenMmapPrefetch},
      SourceEntry{"mmap-random",
                  "control: mapped, one page per fault, no readahead",
                  0.0,
                  {},
                  &OpenMmapRandom},
      SourceEntry{"pread", "in parallel chunks, into huge pages", 1.0, kPreadOptions, &OpenPread},
      SourceEntry{"direct", "as pread, past the page cache (O_DIRECT)", 1.0, kDirectOptions,
                  &OpenDirect},
      SourceEntry{"uring", "through an io_uring, past the page cache", 1.0, kUringOptions,
                  &OpenUring},
  };
  return kSources;
}

}  // namespace falsify::loaders
