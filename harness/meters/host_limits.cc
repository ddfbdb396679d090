#include "harness/meters/host_limits.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/anonymous_memory.h"
#include "harness/meters/clock.h"
#include "harness/meters/guest_memory.h"
#include "harness/meters/host_work.h"
#include "harness/meters/memory_read.h"

namespace falsify::harness {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kMemoryBytes = 512 * kMiB;
constexpr std::uint64_t kFileBytes = 256 * kMiB;
constexpr std::uint64_t kTouchBytes = 64 * kMiB;
constexpr std::uint64_t kLeastBytes = 16 * kMiB;  // less would measure a cache, not memory
constexpr int kPasses = 5;
constexpr double kUnitPageBytes = 4096;

using Work = std::function<Result<double>()>;  // seconds of one pass

Result<double> BestOf(int passes, const Work& work) {
  Result<double> best = work();
  for (int pass = 1; pass < passes && best; ++pass) {
    const Result<double> next = work();
    if (!next) return next;
    best = std::min(*best, *next);
  }
  return best;
}

/// Amount that a test over anonymous memory may hold at once, `wanted` if there is plenty.
Result<std::uint64_t> AffordableBytes(std::uint64_t wanted) {
  const Result<std::uint64_t> available = AvailableMemoryBytes();
  if (!available) return available;
  const std::uint64_t bytes = std::min(wanted, *available / 4 / kMiB * kMiB);
  if (bytes < kLeastBytes) {
    return Fail({.code = "METER_MEMORY",
                 .where = "host limits",
                 .what = fmt::format("only {} B of memory are available", *available),
                 .hint = {}});
  }
  return bytes;
}

Result<AnonymousMemory> AffordableMemory() {
  const Result<std::uint64_t> bytes = AffordableBytes(kMemoryBytes);
  if (!bytes) return Fail(bytes.error());
  return FilledMemory(*bytes);
}

/// Bytes that one pass handled, and the best time of a pass.
struct Taken {
  std::uint64_t bytes = 0;
  double seconds = 0;
};

Result<Taken> Take(std::uint64_t bytes, const Work& work) {
  const Result<double> seconds = BestOf(kPasses, work);
  if (!seconds) return Fail(seconds.error());
  return Taken{bytes, *seconds};
}

Result<Taken> TakeMemoryRead(const Result<AnonymousMemory>& memory, unsigned threads) {
  if (!memory) return Fail(memory.error());
  return Take(memory->bytes().size(),
              [&] { return Result<double>(ReadAllSeconds(memory->bytes(), threads)); });
}

Result<Taken> TakeMemcpy(const Result<AnonymousMemory>& memory) {
  if (!memory) return Fail(memory.error());
  const std::size_t half = memory->bytes().size() / 2;
  return Take(half, [&]() -> Result<double> {
    const double start = MonotonicSeconds();
    std::memcpy(memory->bytes().data(), memory->bytes().data() + half, half);
    return MonotonicSeconds() - start;
  });
}

Result<Taken> TakePageCacheCopy(const std::string& scratch_directory) {
  Result<ScratchFile> scratch = ScratchFile::Create(scratch_directory, kFileBytes);
  if (!scratch) return Fail(scratch.error());
  return Take(kFileBytes, [&] { return scratch->CopySeconds(); });
}

Result<Taken> TakeDevice(const std::string& model_path) {
  if (model_path.empty()) {
    return Fail({.code = "METER_DIRECT", .where = "device", .what = "no model file", .hint = {}});
  }
  Result<DirectSlice> slice = DirectSlice::Open(model_path, kFileBytes);
  if (!slice) return Fail(slice.error());
  return Take(slice->size_bytes(), [&] { return slice->ReadSeconds(); });
}

Result<Taken> TakeAnonymousTouch() {
  const Result<std::uint64_t> bytes = AffordableBytes(kTouchBytes);
  if (!bytes) return Fail(bytes.error());
  return Take(*bytes, [&] { return AnonymousTouchSeconds(*bytes); });
}

enum class Quantity { kBytesPerSecond, kSecondsPerPage };

HostLimit ToLimit(std::string name, std::string what, Quantity quantity,
                  const Result<Taken>& taken) {
  const bool rate = quantity == Quantity::kBytesPerSecond;
  HostLimit limit{.name = std::move(name),
                  .definition = std::move(what),
                  .unit = rate ? "B/s" : "s",
                  .value = std::nullopt,
                  .absent_because = {}};
  if (!taken) {
    limit.absent_because = taken.error().Line();
    return limit;
  }
  const auto bytes = static_cast<double>(taken->bytes);
  limit.value = rate ? bytes / taken->seconds : taken->seconds * kUnitPageBytes / bytes;
  limit.definition += fmt::format("; {} MiB, best of {} passes", taken->bytes / kMiB, kPasses);
  return limit;
}

}  // namespace

std::vector<HostLimit> MeasureHostLimits(const LimitSetting& setting) {
  const unsigned threads = std::max(setting.threads, 1U);
  std::vector<HostLimit> limits;
  {
    const Result<AnonymousMemory> memory = AffordableMemory();
    limits.push_back(ToLimit(
        "memory_read", fmt::format("touched memory read and summed up by {} thread(s)", threads),
        Quantity::kBytesPerSecond, TakeMemoryRead(memory, threads)));
    limits.push_back(ToLimit("memcpy", "touched memory copied to touched memory by 1 thread",
                             Quantity::kBytesPerSecond, TakeMemcpy(memory)));
  }
  limits.push_back(
      ToLimit("page_cache_copy", "cached file read into a reused 1 MiB buffer by 1 thread",
              Quantity::kBytesPerSecond, TakePageCacheCopy(setting.scratch_directory)));
  limits.push_back(ToLimit("device", "model file read with O_DIRECT, 1 MiB at a time, by 1 thread",
                           Quantity::kBytesPerSecond, TakeDevice(setting.model_path)));
  limits.push_back(ToLimit("anonymous_touch", "first touch of fresh memory, per 4 KiB",
                           Quantity::kSecondsPerPage, TakeAnonymousTouch()));
  return limits;
}

}  // namespace falsify::harness
