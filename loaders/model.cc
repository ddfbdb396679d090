#include "loaders/model.h"

namespace falsify::loaders {

std::uint64_t PayloadBytes(const Header& header) {
  std::uint64_t bytes = 0;
  for (const TensorInfo& tensor : header.tensors()) bytes += tensor.range.size;
  return bytes;
}

}  // namespace falsify::loaders
