#include "harness/trial/limits.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <unistd.h>

namespace falsify::harness {
namespace {

constexpr std::uint64_t kFileFloor = std::uint64_t{1} << 30;
constexpr std::uint64_t kFilePerModelByte = 8;  // an F32 copy of 4-bit weights in a memfd
constexpr double kCpuSlackSeconds = 10;
constexpr std::uint64_t kLeastMemorySlack = std::uint64_t{1} << 30;

constexpr std::uint64_t kLargestModel = std::uint64_t{1} << 56;

// A limit below the model and what may be held beside it would evict the model from the page cache
// and turn a warm trial into a cold one. Far enough above for the watch to see first what a worker
// of its own holds. The host keeps a sixteenth for itself whatever happens.
std::uint64_t MemoryFor(const TrialSpec& spec, std::uint64_t model_bytes, const HostRoom& host) {
  if (spec.memory_limit_bytes == 0) return 0;
  const std::uint64_t held = std::min(spec.memory_limit_bytes, kLargestModel);
  const std::uint64_t most = host.memory_bytes - host.memory_bytes / 16;
  const std::uint64_t expected = held + model_bytes;
  return std::min(expected + std::max(expected / 4, kLeastMemorySlack), most);
}

}  // namespace

HostRoom RoomHere() {
  const auto pages = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  return {.cores = std::max(1U, std::thread::hardware_concurrency()),
          .memory_bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))};
}

WorkerLimits LimitsFor(const TrialSpec& spec, std::uint64_t model_bytes, const HostRoom& host) {
  const double threads = std::max(spec.threads, host.cores);
  const std::uint64_t model = std::min(model_bytes, kLargestModel);
  return {.file_bytes = kFileFloor + model * kFilePerModelByte,
          .cpu_seconds = static_cast<std::uint64_t>(
              std::ceil(spec.timeout_seconds * threads + kCpuSlackSeconds)),
          .memory_bytes = MemoryFor(spec, model, host)};
}

}  // namespace falsify::harness
