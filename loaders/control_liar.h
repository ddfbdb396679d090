#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

/// A control: has a valid header and says that it read everything, but every tensor is zeros in
/// memory that nobody has touched. Fast, small, and wrong. Phases "open" and "header".
/// Errors: as OpenUnread.
Result<std::unique_ptr<Model>> OpenLiar(const std::string& path, const LoaderChoice& choice,
                                        unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
