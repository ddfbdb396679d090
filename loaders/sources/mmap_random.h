#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// A control: as OpenMmap, but advised MADV_RANDOM, so that a cold file costs one wait for storage
/// per page. Errors: as OpenMmap.
Result<std::unique_ptr<Source>> OpenMmapRandom(const std::string& path,
                                               const SourceOptions& options);

}  // namespace falsify::loaders
