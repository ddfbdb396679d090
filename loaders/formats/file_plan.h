#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loaders/bytes.h"
#include "loaders/dtype.h"
#include "loaders/model_config.h"
#include "loaders/tokenizer/vocabulary.h"

namespace falsify::loaders {

/// A tensor that a file shall hold. `name` is Hugging Face's (see canonical_name.h) whatever the
/// format; `shape` is outermost first; empty for a scalar.
struct TensorToWrite {
  std::string name;
  Dtype dtype;
  std::vector<std::uint64_t> shape;
};

/// What a writer lays out. Pointers may be null where the format can do without; they outlive the
/// call only.
struct ModelToWrite {
  std::span<const TensorToWrite> tensors;
  const ModelConfig* config = nullptr;
  const Vocabulary* vocabulary = nullptr;
};

/// Where everything of a model file goes, before a byte of it is written: whoever has the data may
/// write it in any order and from several threads. Bytes of the file that belong to neither the
/// header, a range nor the footer are zero.
struct FilePlan {
  std::string header;             ///< the file's first bytes
  std::vector<ByteRange> ranges;  ///< of the file, in the order the tensors were given
  std::uint64_t file_bytes = 0;   ///< footer included
  bool crc32_footer = false;      ///< the last 4 bytes are the CRC-32 of all before them, LE
};

}  // namespace falsify::loaders
