#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// The whole file mapped read-only and private, nothing faulted in. Views are lazy: a file that is
/// cut while mapped raises SIGBUS in whoever touches the lost part. Copies go through pread(2).
/// Errors: IO_OPEN, IO_NOT_REGULAR, IO_MAP.
Result<std::unique_ptr<Source>> OpenMmap(const std::string& path, const SourceOptions& options);

}  // namespace falsify::loaders
