#include "harness/meters/host_probes.h"

#include <utility>

#include "harness/meters/memory_read.h"

namespace falsify::harness {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
// Shared devices answer the first MiB after a pause from a burst credit, at twice their pace or
// more: what a trial of gigabytes will see shows only over a stretch that is long beside it.
constexpr std::uint64_t kDeviceBytes = 512 * kMiB;
constexpr double kLeastDeviceSeconds = 0.1;
constexpr std::uint64_t kCopyBytes = 64 * kMiB;
constexpr std::uint64_t kMemoryBytes = 256 * kMiB;
constexpr std::uint64_t kTouchBytes = 16 * kMiB;
constexpr double kLeastSeconds = 0.005;

Result<DirectSlice> OpenDevice(const std::string& model_path) {
  if (model_path.empty()) {
    return Fail({.code = "METER_DIRECT", .where = "device", .what = "no model file", .hint = {}});
  }
  return DirectSlice::Open(model_path, kDeviceBytes);
}

}  // namespace

std::string_view Name(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kDevice:
      return "device";
    case ProbeKind::kPageCacheCopy:
      return "page_cache_copy";
    case ProbeKind::kMemoryRead:
      return "memory_read";
    case ProbeKind::kAnonymousTouch:
      return "anonymous_touch";
  }
  return "unknown";
}

HostProbes::HostProbes(AnonymousMemory memory, ScratchFile scratch, Result<DirectSlice> device)
    : memory_(std::move(memory)), scratch_(std::move(scratch)), device_(std::move(device)) {}

Result<HostProbes> HostProbes::Prepare(const ProbeSetting& setting) {
  Result<AnonymousMemory> memory = FilledMemory(kMemoryBytes);
  if (!memory) return Fail(memory.error());
  Result<ScratchFile> scratch = ScratchFile::Create(setting.scratch_directory, kCopyBytes);
  if (!scratch) return Fail(scratch.error());
  return HostProbes(*std::move(memory), *std::move(scratch), OpenDevice(setting.model_path));
}

Result<double> HostProbes::Run(ProbeKind kind) {
  // After a trial of many GB the first pass over memory that lay idle meanwhile takes half as long
  // again, and the next does not: that is the buffer's state and not the host's pace.
  if (kind == ProbeKind::kMemoryRead || kind == ProbeKind::kPageCacheCopy) {
    if (const Result<double> warm_up = Pass(kind); !warm_up) return warm_up;
  }
  const double least = kind == ProbeKind::kDevice ? kLeastDeviceSeconds : kLeastSeconds;
  double seconds = 0;
  int passes = 0;
  do {
    const Result<double> pass = Pass(kind);
    if (!pass) return pass;
    seconds += *pass;
    ++passes;
  } while (seconds < least);
  return seconds / passes;
}

Result<double> HostProbes::Pass(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kDevice:
      if (!device_) {
        return Fail({.code = "METER_PROBE_UNAVAILABLE",
                     .where = device_.error().where,
                     .what = device_.error().what,
                     .hint = {}});
      }
      return device_->ReadSeconds();
    case ProbeKind::kPageCacheCopy:
      return scratch_.CopySeconds();
    case ProbeKind::kMemoryRead:
      return ReadAllSeconds(memory_.bytes(), 1);
    case ProbeKind::kAnonymousTouch:
      break;
  }
  return AnonymousTouchSeconds(kTouchBytes);
}

}  // namespace falsify::harness
