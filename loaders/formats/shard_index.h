#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"

namespace falsify::loaders {

/// model.safetensors.index.json: which shard holds which tensor.
struct ShardIndex {
  struct Entry {
    std::string tensor;
    std::size_t file;  ///< index into `files`
  };
  std::vector<std::string> files;           ///< plain names, ascending, each once
  std::vector<Entry> tensors;               ///< ascending by name, each once
  std::optional<std::uint64_t> total_size;  ///< bytes of all tensors; what the index says
};

/// `path` is for messages. Errors: ST_INDEX_JSON (no JSON object, or nested too deeply),
/// ST_INDEX_MAP (no `weight_map`, or one that maps no tensors to names), ST_INDEX_FILE (a shard's
/// name that is no plain name), ST_INDEX_DUPLICATE (a tensor twice).
Result<ShardIndex> ParseShardIndex(std::string_view json, const std::string& path);

}  // namespace falsify::loaders
