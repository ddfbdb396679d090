#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// The whole file into one heap buffer with read(2), as Rust's std::fs::read does. The buffer is
/// not zeroed first, so every page is touched once. Views cost nothing.
/// Errors: IO_OPEN, IO_NOT_REGULAR, IO_MEMORY, IO_READ, IO_SHRANK (size changed while reading).
Result<std::unique_ptr<Source>> OpenRead(const std::string& path, const SourceOptions& options);

}  // namespace falsify::loaders
