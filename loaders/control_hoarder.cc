#include "loaders/control_hoarder.h"

#include <utility>
#include <vector>

#include "loaders/control_payload.h"

namespace falsify::loaders {
namespace {

class HoarderModel final : public ControlPayload {
 public:
  using ControlPayload::ControlPayload;

  void CopyAgain() {
    for (const TensorInfo& tensor : header().tensors()) {
      const std::span<const std::byte> bytes = memory().Of(tensor);
      hoard_.emplace_back(bytes.begin(), bytes.end());
    }
  }

 private:
  std::vector<std::vector<std::byte>> hoard_;
};

}  // namespace

Result<std::unique_ptr<Model>> OpenHoarder(const std::string& path, const LoaderChoice&, unsigned,
                                           const OnPhase& on_phase) {
  Result<Unread> unread = OpenUnread(path, on_phase);
  if (!unread) return Fail(std::move(unread.error()));
  auto model = std::make_unique<HoarderModel>(std::move(unread->file), std::move(unread->memory));
  if (on_phase) on_phase("copy");
  if (Result<void> read = model->Read(PayloadBytes(model->header())); !read) {
    return Fail(std::move(read.error()));
  }
  model->CopyAgain();
  return model;
}

}  // namespace falsify::loaders
