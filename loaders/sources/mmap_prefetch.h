#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

inline constexpr std::array kMmapPrefetchOptions = {kChunkOption};

/// As OpenMmap, with a thread that reads the file from start to end in pieces (16 MiB) into a
/// scratch buffer, so that pages are in the cache before they are touched. Ends with the source. A
/// file it cannot read is noted in the report's fallbacks; whoever touches it learns the hard way.
/// Errors: as OpenMmap, and IO_MEMORY.
Result<std::unique_ptr<Source>> OpenMmapPrefetch(const std::string& path,
                                                 const SourceOptions& options);

}  // namespace falsify::loaders
