#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "loaders/bytes.h"
#include "loaders/dtype.h"
#include "loaders/error.h"

namespace falsify::loaders {

/// A tensor that a file shall hold. `shape` is outermost first; empty for a scalar.
struct TensorToWrite {
  std::string name;
  Dtype dtype;
  std::vector<std::uint64_t> shape;
};

/// Where everything of a SafeTensors file goes, before a byte of it is written: whoever has the
/// data may write it in any order and from several threads.
struct SafetensorsPlan {
  std::string header;             ///< length prefix, JSON and padding: the file's first bytes
  std::vector<ByteRange> ranges;  ///< of the file, in the order the tensors were given
  std::uint64_t file_bytes = 0;
};

/// Lays the tensors out as the reference writer does: widest dtype first, then by name, without
/// gaps, the data aligned to 8 bytes, `__metadata__` {"format":"pt"}. The order in which `tensors`
/// are given does not change the file. No tensors: a file that is all header.
/// Errors: ST_DUPLICATE_KEY (a name twice, or `__metadata__`), ST_UTF8 (a name), ST_OVERFLOW,
/// ST_MISALIGNED (elements that fill no whole bytes), ST_HEADER_TOO_LARGE (no reader opens it).
Result<SafetensorsPlan> PlanSafetensors(std::span<const TensorToWrite> tensors);

}  // namespace falsify::loaders
