#include "loaders/control_payload.h"

#include <algorithm>
#include <utility>

#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"

namespace falsify::loaders {

ControlPayload::ControlPayload(std::unique_ptr<StoredModel> file, TensorMemory memory)
    : ModelOverFile(std::move(file)), memory_(std::move(memory)) {}

Result<TensorView> ControlPayload::Resident(const TensorInfo& tensor) const {
  return TensorView{.name = tensor.name,
                    .dtype = tensor.dtype,
                    .shape = tensor.shape,
                    .bytes = memory_.Of(tensor)};
}

Result<std::span<const std::byte>> ControlPayload::Stored(const TensorInfo& tensor) const {
  return std::span<const std::byte>(memory_.Of(tensor));
}

Result<void> ControlPayload::Read(std::uint64_t bytes) {
  for (const TensorInfo& tensor : header().tensors()) {
    const std::uint64_t size = std::min(bytes, tensor.range.size);
    Result<void> copied =
        file().SourceOf(tensor).Copy(tensor.range.offset, memory_.Of(tensor).first(size));
    if (!copied) return copied;
    bytes -= size;
  }
  return {};
}

Result<Unread> OpenUnread(const std::string& path, const OnPhase& on_phase) {
  Result<std::unique_ptr<StoredModel>> file = OpenModel(path, &OpenMmap, {}, on_phase);
  if (!file) return Fail(std::move(file.error()));
  const auto stored_bytes = [](const TensorInfo& tensor) { return tensor.range.size; };
  Result<TensorMemory> memory = TensorMemory::Make((*file)->header(), stored_bytes, path);
  if (!memory) return Fail(std::move(memory.error()));
  return Unread{.file = std::move(*file), .memory = std::move(*memory)};
}

}  // namespace falsify::loaders
