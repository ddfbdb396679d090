#pragma once

#include <string>
#include <vector>

#include "loaders/model.h"

namespace falsify::loaders {

/// Tensors that hold NaN or infinity, one line each with how many; the first hundred. Reads every
/// byte of those that can be widened to F32. A tensor that cannot be read is a line as well.
std::vector<std::string> FindNonFinite(const Model& model);

}  // namespace falsify::loaders
