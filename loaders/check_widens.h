#pragma once

#include <string>

#include "loaders/error.h"
#include "loaders/formats/format.h"

namespace falsify::loaders {

/// For loaders that hold F32 only. Errors: LOADER_DTYPE, the first tensor that cannot be widened.
Result<void> CheckWidens(const std::string& path, const Header& header);

}  // namespace falsify::loaders
