#include "loaders/sources/buffer_source.h"

#include <cstring>
#include <utility>

namespace falsify::loaders {

BufferSource::BufferSource(File file, HugeBuffer buffer, LoadReport report)
    : file_(std::move(file)), buffer_(std::move(buffer)), report_(std::move(report)) {}

Result<std::span<const std::byte>> BufferSource::View(ByteRange range) {
  if (Result<void> inside = file_.CheckRange(range); !inside) return Fail(inside.error());
  return std::span<const std::byte>(buffer_.bytes().subspan(range.offset, range.size));
}

Result<void> BufferSource::Copy(std::uint64_t offset, std::span<std::byte> into) {
  const Result<std::span<const std::byte>> bytes = View({offset, into.size()});
  if (!bytes) return Fail(bytes.error());
  if (!into.empty()) std::memcpy(into.data(), bytes->data(), into.size());
  return {};
}

}  // namespace falsify::loaders
