#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/byte_cursor.h"
#include "loaders/formats/name_index.h"
#include "loaders/tensor.h"

namespace falsify::loaders {

/// A name without characters, no dims, a type and an offset.
inline constexpr std::uint64_t kLeastGgufTensorBytes = 24;

/// The tensors of a GGUF file, in the order of the file.
class GgufTensors {
 public:
  GgufTensors() = default;

  std::span<const TensorInfo> tensors() const { return tensors_; }
  std::uint64_t data_offset() const { return data_offset_; }
  const TensorInfo* Find(std::string_view name) const {
    const std::size_t at = index_ ? index_->Find(name) : NameIndex::kNone;
    return at == NameIndex::kNone ? nullptr : &tensors_[at];
  }

 private:
  friend class GgufTensorReader;

  std::vector<TensorInfo> tensors_;
  std::vector<std::uint64_t> dims_;  // of all tensors, outermost first
  std::optional<NameIndex> index_;
  std::uint64_t data_offset_ = 0;
};

struct GgufTensorsRequest {
  const std::string& path;
  std::uint64_t file_bytes;
  std::uint64_t count;
  std::uint64_t alignment;
};

/// Reads and checks the tensor infos that begin at the cursor. Errors: those of ParseGguf that
/// concern tensors.
Result<GgufTensors> ReadGgufTensors(ByteCursor& cursor, const GgufTensorsRequest& request,
                                    std::vector<std::string>& findings);

}  // namespace falsify::loaders
