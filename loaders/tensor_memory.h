#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/sources/huge_buffer.h"
#include "loaders/sources/source.h"
#include "loaders/tensor.h"

namespace falsify::loaders {

/// Room of our own for every tensor of a model, in one mapping, each at a multiple of 64 B. Zero
/// and untouched until it is written.
class TensorMemory {
 public:
  using SizeOf = std::function<std::uint64_t(const TensorInfo& tensor)>;

  /// Bytes per tensor are `size_of` it. `header` must outlive this. Errors: IO_MEMORY, which names
  /// `path`.
  static Result<TensorMemory> Make(const Header& header, const SizeOf& size_of,
                                   const std::string& path);

  /// `tensor` is one of the header's own.
  std::span<std::byte> Of(const TensorInfo& tensor) const;

  void AdviseHugePages(LoadReport& report) const { buffer_.AdviseHugePages(report); }

 private:
  TensorMemory(const Header& header, std::vector<ByteRange> ranges, HugeBuffer buffer);

  const Header* header_;
  std::vector<ByteRange> ranges_;
  HugeBuffer buffer_;
};

}  // namespace falsify::loaders
