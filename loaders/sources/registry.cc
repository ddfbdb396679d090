#include <array>

#include "loaders/sources/mmap.h"
#include "loaders/sources/read.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

std::span<const SourceEntry> Sources() {
  static constexpr std::array kSources = {
      SourceEntry{"read", "whole file into one heap buffer", &OpenRead},
      SourceEntry{"mmap", "mapped read-only, faulted in on first touch", &OpenMmap},
  };
  return kSources;
}

}  // namespace falsify::loaders
