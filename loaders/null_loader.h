#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

/// A control: touches no file and holds no tensor, so it is faster than any loader can be and must
/// fail every claim about content.
Result<std::unique_ptr<Model>> OpenNull(const std::string& path, const LoaderChoice& choice,
                                        unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
