#pragma once

#include "loaders/model.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// A model that still has its files: what other loaders build theirs from.
class StoredModel : public Model {
 public:
  /// The file that `tensor` lies in; its range is of that file.
  virtual Source& SourceOf(const TensorInfo& tensor) const = 0;

  /// Checks what only reading the whole files can tell; see FormatEntry::verify.
  virtual Result<void> Verify() const = 0;
};

}  // namespace falsify::loaders
