#include "harness/trial/limits.h"

#include <algorithm>
#include <cmath>

namespace falsify::harness {
namespace {

constexpr std::uint64_t kFileFloor = std::uint64_t{1} << 30;
constexpr std::uint64_t kFilePerModelByte = 8;  // an F32 copy of 4-bit weights in a memfd
constexpr double kCpuSlackSeconds = 10;

}  // namespace

WorkerLimits LimitsFor(const TrialSpec& spec, std::uint64_t model_bytes, unsigned cores) {
  constexpr std::uint64_t kLargestModel = std::uint64_t{1} << 56;
  const double threads = std::max(spec.threads, cores);
  return {.file_bytes = kFileFloor + std::min(model_bytes, kLargestModel) * kFilePerModelByte,
          .cpu_seconds = static_cast<std::uint64_t>(
              std::ceil(spec.timeout_seconds * threads + kCpuSlackSeconds))};
}

}  // namespace falsify::harness
