#pragma once

#include <string>

#include "loaders/sources/file.h"
#include "loaders/sources/huge_buffer.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// A file whose bytes are all in memory already. Reads touch no state.
class BufferSource final : public Source {
 public:
  /// Precondition: the first `file.size_bytes()` bytes of `buffer` are the file's.
  BufferSource(File file, HugeBuffer buffer, LoadReport report);

  const std::string& path() const override { return file_.path(); }
  std::uint64_t size_bytes() const override { return file_.size_bytes(); }
  LoadReport report() const override { return report_; }
  Result<std::span<const std::byte>> View(ByteRange range) override;
  Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  File file_;
  HugeBuffer buffer_;
  LoadReport report_;
};

}  // namespace falsify::loaders
