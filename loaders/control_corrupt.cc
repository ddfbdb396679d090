#include "loaders/control_corrupt.h"

#include <algorithm>
#include <utility>

#include "loaders/control_payload.h"

namespace falsify::loaders {
namespace {

void FlipOneByte(const ControlPayload& model) {
  const auto size_of = [](const TensorInfo& tensor) { return tensor.range.size; };
  const auto largest = std::ranges::max_element(model.header().tensors(), {}, size_of);
  if (largest == model.header().tensors().end() || largest->range.size == 0) return;
  model.memory().Of(*largest)[largest->range.size / 2] ^= std::byte{0xFF};
}

}  // namespace

Result<std::unique_ptr<Model>> OpenCorrupt(const std::string& path, const LoaderChoice&, unsigned,
                                           const OnPhase& on_phase) {
  Result<Unread> unread = OpenUnread(path, on_phase);
  if (!unread) return Fail(std::move(unread.error()));
  auto model = std::make_unique<ControlPayload>(std::move(unread->file), std::move(unread->memory));
  if (on_phase) on_phase("copy");
  if (Result<void> read = model->Read(PayloadBytes(model->header())); !read) {
    return Fail(std::move(read.error()));
  }
  FlipOneByte(*model);
  return model;
}

}  // namespace falsify::loaders
