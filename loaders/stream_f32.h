#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

inline constexpr std::array kStreamF32Options = {kThreadsOption};

/// F32 of every tensor and little else: tensors are read tile by tile into a small buffer per
/// thread and widened from there into huge pages, so no second form of the model ever exists. Only
/// a tensor whose dtype has a prefix (AprQ8) is read as a whole.
/// Phases "open", "header", "convert". `Resident` is the F32, `Stored` LOADER_NOT_KEPT.
/// Errors: LOADER_DTYPE (a tensor that cannot be widened to F32), IO_MEMORY, those of source and
/// format.
Result<std::unique_ptr<Model>> OpenStreamF32(const std::string& path, const LoaderChoice& choice,
                                             unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
