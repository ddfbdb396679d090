#pragma once

#include <map>
#include <string>

#include "loaders/error.h"
#include "loaders/model.h"

namespace falsify::loaders {

/// Proof of content, independent of file, format, order, alignment and loader. Text form:
/// "xxh3-128:<32 hex digits>".
struct PayloadDigests {
  /// XXH3-128 per tensor over canonical name, shape, dtype and stored bytes; those digests, in the
  /// order of the names, hashed again. Rows that a format keeps permuted (RopePairs::kAdjacent)
  /// count in their canonical order.
  std::string payload;

  /// The same, but scalars and one-dimensional tensors count by their values as F32: equal for two
  /// models at matched precision, of which one may keep norms and biases wider than the other.
  std::string matched;

  /// Canonical name -> dtype of every tensor of fewer than two dimensions.
  std::map<std::string, std::string> vectors;
};

/// Reads every payload byte, so never inside a timed section. `path` is where `model` was loaded
/// from: a tensor that the loader keeps as F32 only counts by the file's own bytes, if what it
/// keeps is exactly what those widen to.
/// Errors: LOADER_NOT_KEPT, LOADER_VALUES (F32 that the stored bytes do not widen to), those of the
/// source.
Result<PayloadDigests> DigestPayload(const Model& model, const std::string& path);

}  // namespace falsify::loaders
