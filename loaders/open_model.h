#pragma once

#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"
#include "loaders/sources/source.h"
#include "loaders/stored_model.h"

namespace falsify::loaders {

/// Opens a model of one or several files (see FindModelFiles), each through a source of its own.
/// Phases "open" (every source) and "header" (every header). Errors: those of FindModelFiles, of
/// the sources and formats, and of the shards that contradict each other (ST_INDEX_*,
/// GGUF_SPLIT_*).
Result<std::unique_ptr<StoredModel>> OpenModel(const std::string& path, OpenSource open,
                                               const SourceOptions& options,
                                               const OnPhase& on_phase);

}  // namespace falsify::loaders
