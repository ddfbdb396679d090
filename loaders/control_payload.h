#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"
#include "loaders/model_over_file.h"
#include "loaders/tensor_memory.h"

namespace falsify::loaders {

/// What most controls start from: a model with a valid header and zeroed, untouched room for its
/// payload, of which they read as much as they please.
class ControlPayload : public ModelOverFile {
 public:
  ControlPayload(std::unique_ptr<StoredModel> file, TensorMemory memory);

  Result<TensorView> Resident(const TensorInfo& tensor) const override;
  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override;

  /// Reads the first `bytes` of the payload, in the order of the header. Errors: those of the
  /// source.
  Result<void> Read(std::uint64_t bytes);

  const TensorMemory& memory() const { return memory_; }

 private:
  TensorMemory memory_;
};

/// The parts of a ControlPayload.
struct Unread {
  std::unique_ptr<StoredModel> file;
  TensorMemory memory;
};

/// Phases "open" and "header". Errors: IO_MEMORY, those of source and format.
Result<Unread> OpenUnread(const std::string& path, const OnPhase& on_phase);

}  // namespace falsify::loaders
