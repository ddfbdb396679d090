#include "loaders/sources/buffer_source.h"

#include <cstring>
#include <utility>

#include "loaders/sources/file.h"

namespace falsify::loaders {

BufferSource::BufferSource(std::string path, std::span<const std::byte> bytes,
                           std::shared_ptr<const void> owner, LoadReport report)
    : path_(std::move(path)), bytes_(bytes), owner_(std::move(owner)), report_(std::move(report)) {}

BufferSource::BufferSource(std::string path, std::uint64_t size_bytes, HugeBuffer buffer,
                           LoadReport report)
    : path_(std::move(path)),
      bytes_(buffer.bytes().first(size_bytes)),
      owner_(std::make_shared<HugeBuffer>(std::move(buffer))),
      report_(std::move(report)) {}

Result<std::span<const std::byte>> BufferSource::View(ByteRange range) {
  if (Result<void> inside = CheckFileRange(range, bytes_.size(), path_); !inside) {
    return Fail(std::move(inside.error()));
  }
  return bytes_.subspan(range.offset, range.size);
}

Result<void> BufferSource::Copy(std::uint64_t offset, std::span<std::byte> into) {
  const Result<std::span<const std::byte>> bytes = View({offset, into.size()});
  if (!bytes) return Fail(bytes.error());
  if (!into.empty()) std::memcpy(into.data(), bytes->data(), into.size());
  return {};
}

}  // namespace falsify::loaders
