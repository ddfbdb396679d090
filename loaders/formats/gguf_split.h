#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "loaders/error.h"
#include "loaders/formats/format.h"

namespace falsify::loaders {

/// The name of one file of a GGUF model in several: "PREFIX-00001-of-00003.gguf", counted from 1
/// (ggml-org/llama.cpp, tools/gguf-split).
struct GgufSplitName {
  std::string prefix;
  std::uint32_t number;
  std::uint32_t count;

  std::string Text() const;
};

/// Of a file's name without its folder. Empty if it is none, or counts wrongly (part 4 of 3).
std::optional<GgufSplitName> ParseGgufSplitName(std::string_view name);

/// One file of the model, in the order of the numbers in the names.
struct GgufSplit {
  const Header* header;
  std::string path;
};

/// Checks what the files say of themselves: `split.no` from 0, `split.count`, and that together
/// they have `split.tensors.count` tensors. Precondition: headers that ParseGguf made. Errors:
/// GGUF_SPLIT_META (a key is missing or of another type), GGUF_SPLIT_NO, GGUF_SPLIT_COUNT,
/// GGUF_SPLIT_TENSORS.
Result<void> CheckGgufSplits(std::span<const GgufSplit> splits);

}  // namespace falsify::loaders
