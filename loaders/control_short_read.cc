#include "loaders/control_short_read.h"

#include <utility>

#include "loaders/control_payload.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kParts = 16;

}  // namespace

Result<std::unique_ptr<Model>> OpenShortRead(const std::string& path, const LoaderChoice&, unsigned,
                                             const OnPhase& on_phase) {
  Result<Unread> unread = OpenUnread(path, on_phase);
  if (!unread) return Fail(std::move(unread.error()));
  auto model = std::make_unique<ControlPayload>(std::move(unread->file), std::move(unread->memory));
  if (on_phase) on_phase("copy");
  const std::uint64_t payload = PayloadBytes(model->header());
  const std::uint64_t unread_bytes = payload / kParts + (payload % kParts == 0 ? 0 : 1);
  if (Result<void> read = model->Read(payload - unread_bytes); !read) {
    return Fail(std::move(read.error()));
  }
  return model;
}

}  // namespace falsify::loaders
