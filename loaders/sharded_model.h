#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loaders/error.h"
#include "loaders/file_model.h"
#include "loaders/model_files.h"
#include "loaders/stored_model.h"

namespace falsify::loaders {

/// One model of several files: SafeTensors shards that agree with their index, or GGUF splits that
/// agree with each other. `parts` are those of `files.paths`, in order.
/// Errors: ST_INDEX_TENSOR (a tensor that the index has and no shard, or the reverse, or in another
/// shard), ST_INDEX_DUPLICATE (in two shards), GGUF_SPLIT_*.
Result<std::unique_ptr<StoredModel>> MakeShardedModel(
    const ModelFiles& files, std::vector<std::unique_ptr<FileModel>> parts);

}  // namespace falsify::loaders
