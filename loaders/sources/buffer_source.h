#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "loaders/sources/huge_buffer.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// A file whose bytes are all in memory already. Reads touch no state.
class BufferSource final : public Source {
 public:
  /// `bytes` are the file's, `owner` keeps them alive. `path` is for errors alone.
  BufferSource(std::string path, std::span<const std::byte> bytes,
               std::shared_ptr<const void> owner, LoadReport report);

  /// The file is the first `size_bytes` of `buffer`.
  BufferSource(std::string path, std::uint64_t size_bytes, HugeBuffer buffer, LoadReport report);

  const std::string& path() const override { return path_; }
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  bool holds_whole_file() const override { return true; }
  LoadReport report() const override { return report_; }
  Result<std::span<const std::byte>> View(ByteRange range) override;
  Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  std::string path_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  LoadReport report_;
};

}  // namespace falsify::loaders
