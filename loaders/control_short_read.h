#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

/// A control: never reads the last sixteenth of the payload, which stays zero, and says nothing of
/// it. Phases "open", "header", "copy". Errors: as OpenUnread, and those of the source.
Result<std::unique_ptr<Model>> OpenShortRead(const std::string& path, const LoaderChoice& choice,
                                             unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
