#pragma once

#include <string>

#include "loaders/dtype.h"
#include "loaders/error.h"

namespace falsify::cli {

/// The dtype that weights can be written in; "Q4_K_M" is what llama.cpp calls the mixture around
/// Q4_K. Errors: FIXTURE_DTYPE, with `where`.
Result<loaders::Dtype> WeightDtype(const std::string& name, const std::string& where);

}  // namespace falsify::cli
