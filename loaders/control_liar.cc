#include "loaders/control_liar.h"

#include <utility>

#include "loaders/control_payload.h"

namespace falsify::loaders {
namespace {

class LiarModel final : public ControlPayload {
 public:
  using ControlPayload::ControlPayload;

  LoadReport report() const override {
    LoadReport report = ControlPayload::report();
    report.bytes_read = file_bytes();
    return report;
  }
};

}  // namespace

Result<std::unique_ptr<Model>> OpenLiar(const std::string& path, const LoaderChoice&, unsigned,
                                        const OnPhase& on_phase) {
  Result<Unread> unread = OpenUnread(path, on_phase);
  if (!unread) return Fail(std::move(unread.error()));
  return std::make_unique<LiarModel>(std::move(unread->file), std::move(unread->memory));
}

}  // namespace falsify::loaders
