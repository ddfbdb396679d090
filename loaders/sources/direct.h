#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/direct_io.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

inline constexpr std::array kDirectOptions = {kThreadsOption, kChunkOption};

/// Reads all of `file` into its room, buffered if its file system refuses direct reads. Adds to
/// `report`. Errors: IO_READ, IO_SHRANK.
Result<void> ReadDirect(DirectFile& file, const SourceOptions& options, LoadReport& report);

/// The whole file past the page cache: O_DIRECT in chunks (4 MiB, raised to the alignment) on
/// several threads into huge pages. A thread that waits for the pages of its next chunk keeps no
/// read in flight, so one more thread faults them in ahead. Where direct I/O is refused the reads
/// are buffered, and the report says so. Errors: IO_OPEN, IO_NOT_REGULAR, IO_MEMORY, IO_READ,
/// IO_SHRANK.
Result<std::unique_ptr<Source>> OpenDirect(const std::string& path, const SourceOptions& options);

}  // namespace falsify::loaders
