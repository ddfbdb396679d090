#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/shard_index.h"

namespace falsify::loaders {

/// The files a model consists of.
struct ModelFiles {
  enum class Kind {
    kSingle,
    kIndexed,  ///< SafeTensors shards with their index
    kSplit,    ///< GGUF splits, numbered
  };
  Kind kind = Kind::kSingle;
  std::vector<std::string> paths;     ///< of files with tensors, in order; not empty
  std::optional<ShardIndex> index;    ///< of kIndexed
  std::string index_path;             ///< of kIndexed
  std::vector<std::string> findings;  ///< one line each
};

/// `path` is a file of any format, the index of a sharded SafeTensors model
/// (`*.safetensors.index.json`), the first of GGUF splits (`*-00001-of-0000N.gguf`), or a Hugging
/// Face model folder. In a folder model.safetensors comes before its index, as in transformers;
/// then the only GGUF or APR model there. Looks at names, and into an index; opens no model.
/// Errors: MODEL_MISSING (nothing in the folder), MODEL_AMBIGUOUS (several), ST_INDEX_* (the index,
/// or a shard that is not there), GGUF_SPLIT_FIRST, GGUF_SPLIT_MISSING, IO_OPEN, IO_READ.
Result<ModelFiles> FindModelFiles(const std::string& path);

}  // namespace falsify::loaders
