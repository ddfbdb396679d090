#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/direct_io.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

inline constexpr std::array kUringOptions = {kChunkOption, kQueueDepthOption};

/// Reads all of `file` into its room, buffered if its file system refuses direct reads. Adds to
/// `report`. Errors: IO_READ, IO_SHRANK, LOADER_UNAVAILABLE.
Result<void> ReadByUring(DirectFile& file, const SourceOptions& options, LoadReport& report);

/// The whole file through an io_uring, past the page cache where the file system lets it: chunks of
/// 1 MiB, 16 of them in flight, into huge pages, from one thread.
/// Errors: IO_OPEN, IO_NOT_REGULAR, IO_MEMORY, IO_READ, IO_SHRANK; LOADER_UNAVAILABLE, where the
/// kernel or the container has no io_uring.
Result<std::unique_ptr<Source>> OpenUring(const std::string& path, const SourceOptions& options);

}  // namespace falsify::loaders
