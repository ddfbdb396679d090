#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

/// A control: reads the payload and keeps a second copy of it alive. Right, and twice as large as
/// it need be. Phases "open", "header", "copy". Errors: as OpenUnread, and those of the source.
Result<std::unique_ptr<Model>> OpenHoarder(const std::string& path, const LoaderChoice& choice,
                                           unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
