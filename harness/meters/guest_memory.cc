#include "harness/meters/guest_memory.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
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
void TouchAll(std::span<const AnonymousMemory> slices) {
  std::atomic<std::size_t> next = 0;
  const auto touch = [&] {
    for (std::size_t i = next++; i < slices.size(); i = next++) slices[i].Touch();
  };
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) helpers.emplace_back(touch);
  touch();
}

Result<void> CheckRoomFor(std::uint64_t bytes) {
  const Result<std::uint64_t> available = AvailableMemoryBytes();
  if (!available) return Fail(available.error());
  if (*available >= kMarginBytes && bytes <= *available - kMarginBytes) return {};
  return Fail({.code = "METER_MEMORY",
               .where = "guest memory",
               .what = fmt::format("cannot touch {} B: {} B are available, {} B must stay so",
                                   bytes, *available, kMarginBytes),
               .hint = {}});
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

Result<void> TouchedMemory::Resize(std::uint64_t bytes) {
  const std::uint64_t slices = bytes / kSliceBytes + (bytes % kSliceBytes != 0 ? 1 : 0);
  if (slices <= slices_.size()) {
    slices_.erase(slices_.begin() + static_cast<std::ptrdiff_t>(slices), slices_.end());
    return {};
  }
  const std::size_t before = slices_.size();
  if (Result<void> room = CheckRoomFor(bytes - before * kSliceBytes); !room) return room;
  while (slices_.size() < slices) {
    Result<AnonymousMemory> slice = AnonymousMemory::Map(kSliceBytes, PageSize::kHuge);
    if (!slice) {
      slices_.erase(slices_.begin() + static_cast<std::ptrdiff_t>(before), slices_.end());
      return Fail(slice.error());
    }
    slices_.push_back(*std::move(slice));
  }
  TouchAll(std::span(slices_).subspan(before));
  return {};
}

std::uint64_t TouchedMemory::bytes() const { return slices_.size() * kSliceBytes; }

Result<Priming> PrimeGuestMemory(std::uint64_t bytes) {
  const double start = MonotonicSeconds();
  TouchedMemory memory;
  if (Result<void> touched = memory.Resize(bytes); !touched) return Fail(touched.error());
  Priming priming{
      .bytes = memory.bytes(), .seconds = MonotonicSeconds() - start, .seconds_per_page = 0};
  if (priming.bytes > 0) {
    priming.seconds_per_page =
        priming.seconds * kUnitPageBytes / static_cast<double>(priming.bytes);
  }
  return priming;
}

}  // namespace falsify::harness
