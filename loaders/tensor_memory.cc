#include "loaders/tensor_memory.h"

#include <limits>
#include <utility>

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kAlignment = 64;

}  // namespace

Result<TensorMemory> TensorMemory::Make(const Header& header, const SizeOf& size_of,
                                        const std::string& path) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max() - kAlignment;
  std::vector<ByteRange> ranges;
  ranges.reserve(header.tensors().size());
  std::uint64_t end = 0;
  for (const TensorInfo& tensor : header.tensors()) {
    const std::uint64_t size = size_of(tensor);
    const std::uint64_t start = (end + kAlignment - 1) / kAlignment * kAlignment;
    if (size > kMost - start) {
      return Fail({"IO_MEMORY", path, "no memory for more than 2^64 B", {}});
    }
    ranges.push_back({start, size});
    end = start + size;
  }
  Result<HugeBuffer> buffer = HugeBuffer::Make(end, path);
  if (!buffer) return Fail(std::move(buffer.error()));
  return TensorMemory(header, std::move(ranges), std::move(*buffer));
}

TensorMemory::TensorMemory(const Header& header, std::vector<ByteRange> ranges, HugeBuffer buffer)
    : header_(&header), ranges_(std::move(ranges)), buffer_(std::move(buffer)) {}

std::span<std::byte> TensorMemory::Of(const TensorInfo& tensor) const {
  const ByteRange range = ranges_[static_cast<std::size_t>(&tensor - header_->tensors().data())];
  return buffer_.bytes().subspan(range.offset, range.size);
}

}  // namespace falsify::loaders
