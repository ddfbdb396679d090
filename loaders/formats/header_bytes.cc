#include "loaders/formats/header_bytes.h"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>

#include "fmt/format.h"

namespace falsify::loaders {
namespace {

// What most headers without a tokenizer fit into; one with a tokenizer takes a few more pieces.
constexpr std::uint64_t kFirstPieceBytes = std::uint64_t{64} << 10;
constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;

}  // namespace

Result<std::unique_ptr<HeaderBytes>> HeaderBytes::Reserve(Source& source) {
  const std::uint64_t size = source.size_bytes();
  void* bytes = nullptr;
  if (size > 0) {
    bytes = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
    if (bytes == MAP_FAILED) {
      return Fail(
          SystemError("IO_MEMORY", source.path(), fmt::format("reserve {} B", size), errno));
    }
  }
  return std::unique_ptr<HeaderBytes>(
      new HeaderBytes(source, static_cast<std::byte*>(bytes), size));
}

HeaderBytes::~HeaderBytes() {
  if (bytes_ != nullptr) munmap(bytes_, size_);
}

std::span<const std::byte> HeaderBytes::UpTo(std::uint64_t end) {
  while (read_ < end && !error_) {
    const std::uint64_t wanted = std::max(end - read_, read_ == 0 ? kFirstPieceBytes : kPieceBytes);
    const std::uint64_t size = std::min(wanted, size_ - read_);
    if (size == 0) break;
    const Result<void> copied = source_->Copy(read_, {bytes_ + read_, size});
    if (!copied) {
      error_ = copied.error();
    } else {
      read_ += size;
    }
  }
  return {bytes_, read_};
}

}  // namespace falsify::loaders
