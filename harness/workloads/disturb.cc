#include "harness/workloads/disturb.h"

#include <algorithm>
#include <cstdint>

namespace falsify::harness {
namespace {

/// Bytes of one element of which the last holds the sign; 0 for what is not floating point.
std::size_t SignedBytes(loaders::Dtype dtype) {
  switch (dtype) {
    case loaders::Dtype::kBF16:
    case loaders::Dtype::kF16:
      return 2;
    case loaders::Dtype::kF32:
      return 4;
    case loaders::Dtype::kF64:
      return 8;
    default:
      return 0;
  }
}

}  // namespace

std::vector<std::byte> Disturbed(const loaders::TensorView& view) {
  std::vector<std::byte> bytes(view.bytes.begin(), view.bytes.end());
  if (const std::size_t width = SignedBytes(view.dtype); width > 0) {
    for (std::size_t at = width - 1; at < bytes.size(); at += width) bytes[at] ^= std::byte{0x80};
    return bytes;
  }
  // By one row, so that every row that anyone looks up is another.
  const std::uint64_t rows = view.shape.empty() ? 1 : view.shape.front();
  const std::size_t row = rows > 1 ? bytes.size() / rows : 0;
  std::rotate(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(row), bytes.end());
  return bytes;
}

}  // namespace falsify::harness
