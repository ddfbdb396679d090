#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

inline constexpr std::array kPreadOptions = {kThreadsOption, kChunkOption};

/// The whole file with pread(2) in chunks (16 MiB) on several threads into huge pages.
/// Errors: IO_OPEN, IO_NOT_REGULAR, IO_MEMORY, IO_READ, IO_SHRANK.
Result<std::unique_ptr<Source>> OpenPread(const std::string& path, const SourceOptions& options);

}  // namespace falsify::loaders
