#include "loaders/check_widens.h"

#include "fmt/format.h"
#include "loaders/convert.h"

namespace falsify::loaders {

Result<void> CheckWidens(const std::string& path, const Header& header) {
  for (const TensorInfo& tensor : header.tensors()) {
    if (CanWiden(tensor.dtype)) continue;
    return Fail({"LOADER_DTYPE", fmt::format("{}: tensor \"{}\"", path, tensor.name),
                 fmt::format("{} cannot be widened to F32", Traits(tensor.dtype).name),
                 "the loaders read and mmap take any dtype"});
  }
  return {};
}

}  // namespace falsify::loaders
