#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "loaders/formats/format.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// Fuzzer support: bytes in memory as a source. They outlive it.
class FuzzSource : public Source {
 public:
  FuzzSource(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const std::byte*>(data), size) {}

  const std::string& path() const override { return path_; }
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  LoadReport report() const override { return {}; }

  Result<std::span<const std::byte>> View(ByteRange range) override {
    if (range.offset > bytes_.size() || range.size > bytes_.size() - range.offset) {
      return Fail({.code = "IO_RANGE", .where = path_, .what = "past the end", .hint = {}});
    }
    return bytes_.subspan(range.offset, range.size);
  }

  Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) override {
    const auto view = View({offset, into.size()});
    if (!view) return Fail(view.error());
    if (!into.empty()) std::memcpy(into.data(), view->data(), into.size());
    return {};
  }

 private:
  std::string path_ = "fuzz";
  std::span<const std::byte> bytes_;
};

/// Parses `data` as one format; of what is accepted, every tensor has to lie in the file. Any crash
/// or finding of a sanitizer is a bug.
inline int FuzzHeader(const std::uint8_t* data, std::size_t size,
                      Result<std::unique_ptr<Header>> (*parse)(Source&)) {
  FuzzSource source(data, size);
  const auto header = parse(source);
  if (!header) {
    static_cast<void>(header.error().Line());
    return 0;
  }
  for (const TensorInfo& tensor : (*header)->tensors()) {
    if (!source.View(tensor.range)) __builtin_trap();
  }
  return 0;
}

}  // namespace falsify::loaders
