#pragma once

#include <cstdint>
#include <string>

#include "loaders/error.h"

namespace falsify::loaders {

/// The whole text of a file beside a model: its configuration, its tokenizer, the index of its
/// shards. Errors: those of File::Open and File::ReadAt; `too_large` if it has more than
/// `most_bytes`.
Result<std::string> ReadSmallFile(const std::string& path, std::uint64_t most_bytes,
                                  const char* too_large);

}  // namespace falsify::loaders
