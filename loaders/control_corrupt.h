#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

/// A control: reads the payload, then flips the byte in the middle of the largest tensor.
/// Phases "open", "header", "copy". Errors: as OpenUnread, and those of the source.
Result<std::unique_ptr<Model>> OpenCorrupt(const std::string& path, const LoaderChoice& choice,
                                           unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
