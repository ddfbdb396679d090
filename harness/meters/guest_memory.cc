#include "harness/meters/guest_memory.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/meters/anonymous_memory.h"
#include "harness/meters/clock.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/proc_text.h"

namespace falsify::harness {
namespace {

constexpr const char* kMeminfo = "/proc/meminfo";
constexpr std::uint64_t kMarginBytes = 256UL << 20U;
// Slices, because strict overcommit may refuse one mapping as large as free memory.
constexpr std::uint64_t kSliceBytes = 256UL << 20U;
constexpr double kUnitPageBytes = 4096;

/// On every core: a page that the host has to find costs far more than the guest's own fault, and
/// each virtual processor waits for its own pages only.
void TouchAll(const std::vector<AnonymousMemory>& slices) {
  std::atomic<std::size_t> next = 0;
  const auto touch = [&] {
    for (std::size_t i = next++; i < slices.size(); i = next++) slices[i].Touch();
  };
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) helpers.emplace_back(touch);
  touch();
}

}  // namespace

Result<std::uint64_t> ParseAvailableMemoryBytes(std::string_view meminfo) {
  return ParseKibField(meminfo, "MemAvailable", kMeminfo);
}

Result<std::uint64_t> AvailableMemoryBytes() {
  const Result<std::string> text = ReadProcText(kMeminfo);
  if (!text) return Fail(text.error());
  return ParseAvailableMemoryBytes(*text);
}

Result<Priming> PrimeGuestMemory(std::uint64_t bytes) {
  const Result<std::uint64_t> available = AvailableMemoryBytes();
  if (!available) return Fail(available.error());
  if (*available < kMarginBytes || bytes > *available - kMarginBytes) {
    return Fail({.code = "METER_MEMORY",
                 .where = "guest memory",
                 .what = fmt::format("cannot touch {} B: {} B are available, {} B must stay so",
                                     bytes, *available, kMarginBytes),
                 .hint = {}});
  }
  const double start = MonotonicSeconds();
  std::vector<AnonymousMemory> slices;
  for (std::uint64_t done = 0; done < bytes; done += kSliceBytes) {
    Result<AnonymousMemory> slice =
        AnonymousMemory::Map(std::min(kSliceBytes, bytes - done), PageSize::kHuge);
    if (!slice) return Fail(slice.error());
    slices.push_back(*std::move(slice));
  }
  TouchAll(slices);
  Priming priming{.bytes = bytes, .seconds = MonotonicSeconds() - start, .seconds_per_page = 0};
  if (bytes > 0) {
    priming.seconds_per_page = priming.seconds * kUnitPageBytes / static_cast<double>(bytes);
  }
  return priming;
}

}  // namespace falsify::harness
