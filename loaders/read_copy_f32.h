#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

/// The path that the first audits blamed for their memory: the whole file, then a copy of every
/// tensor, then F32 of every tensor, all of them alive until the model goes; one thread.
/// Phases "open", "header", "copy", "convert". `Resident` is the F32, `Stored` the copy.
/// Errors: LOADER_DTYPE (a tensor that cannot be widened to F32), those of source and format.
Result<std::unique_ptr<Model>> OpenReadCopyF32(const std::string& path, const LoaderChoice& choice,
                                               unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
