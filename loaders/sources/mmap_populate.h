#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/mapped_source.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

inline constexpr std::array kMmapPopulateOptions = {kThreadsOption, kChunkOption};

/// Faults in every page of the file by MADV_POPULATE_READ (Linux 5.14) in windows (64 MiB) on
/// several threads; where the kernel does not know it by MAP_POPULATE, and the report says so.
/// Errors: IO_READ, IO_SHRANK, IO_MAP.
Result<void> Populate(MappedSource& source, const SourceOptions& options);

/// As OpenMmap, and populated: a file that cannot be read is an error here rather than a SIGBUS
/// later. Errors: as OpenMmap and Populate.
Result<std::unique_ptr<Source>> OpenMmapPopulate(const std::string& path,
                                                 const SourceOptions& options);

}  // namespace falsify::loaders
