#include "loaders/sources/fault_ahead.h"

#include <algorithm>
#include <stop_token>
#include <sys/mman.h>
#include <system_error>

namespace falsify::loaders {
namespace {

constexpr std::size_t kStep = std::size_t{2} << 20;  // a huge page

void PopulateUntil(const std::stop_token& stop, std::span<std::byte> memory) {
  for (std::size_t at = 0; at < memory.size() && !stop.stop_requested(); at += kStep) {
    const std::size_t step = std::min(kStep, memory.size() - at);
    if (::madvise(memory.data() + at, step, MADV_POPULATE_WRITE) != 0) return;
  }
}

}  // namespace

FaultAhead::FaultAhead(std::span<std::byte> memory, LoadReport& report) {
  try {
    thread_ = std::jthread([memory](const std::stop_token& stop) { PopulateUntil(stop, memory); });
    report.advice.emplace_back("memory faulted in ahead by a thread of its own");
  } catch (const std::system_error&) {
    report.fallbacks.emplace_back("no thread to fault memory in ahead");
  }
}

}  // namespace falsify::loaders
