#include <array>

#include "loaders/sources/mmap.h"
#include "loaders/sources/pread.h"
#include "loaders/sources/read.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

std::span<const SourceEntry> Sources() {
  static constexpr std::array kSources = {
      SourceEntry{"read", "whole file into one heap buffer", 1.0, {}, &OpenRead},
      SourceEntry{"mmap", "mapped, faulted in on first touch", 0.0, {}, &OpenMmap},
      SourceEntry{"pread", "in parallel chunks, into huge pages", 1.0, kPreadOptions, &OpenPread},
  };
  return kSources;
}

}  // namespace falsify::loaders
