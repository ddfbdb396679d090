#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

inline constexpr std::array kUringOptions = {kChunkOption, kQueueDepthOption};

/// The whole file through an io_uring, past the page cache where the file system lets it: chunks of
/// 1 MiB, 16 of them in flight, into huge pages, from one thread.
/// Errors: IO_OPEN, IO_NOT_REGULAR, IO_MEMORY, IO_READ, IO_SHRANK; LOADER_UNAVAILABLE, where the
/// kernel or the container has no io_uring.
Result<std::unique_ptr<Source>> OpenUring(const std::string& path, const SourceOptions& options);

}  // namespace falsify::loaders
