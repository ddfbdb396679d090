#pragma once

#include <string>
#include <vector>

#include "loaders/error.h"

namespace falsify::cli {

/// ./models, and the Hugging Face cache: $HF_HUB_CACHE, else $HF_HOME/hub, else
/// ~/.cache/huggingface/hub.
std::vector<std::string> UsualModelFolders();

/// Every model below the folders, in alphabetical order: an index stands for its shards, the first
/// split of a GGUF for all. Follows links to files, as that cache has them, but not to folders.
/// Looks at names only. Folders that are missing are an error unless `may_be_missing`.
/// Errors: IO_READ.
Result<std::vector<std::string>> FindModels(const std::vector<std::string>& folders,
                                            bool may_be_missing);

}  // namespace falsify::cli
