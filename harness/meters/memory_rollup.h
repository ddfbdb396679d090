#pragma once

#include <cstdint>
#include <string_view>

#include "loaders/error.h"

namespace falsify::harness {

/// What a process has mapped in, added up page by page: exact where the counters of MemoryNow are
/// approximations, and slow (it walks every page table), so never inside a timed section.
struct MemoryRollup {
  std::uint64_t rss = 0;  ///< bytes
  std::uint64_t pss = 0;  ///< each page divided by the number of processes that map it
  std::uint64_t pss_anon = 0;
};

/// Pure; the text of /proc/PID/smaps_rollup (Linux 4.14). Errors: METER_FIELD.
Result<MemoryRollup> ParseMemoryRollup(std::string_view text, std::string_view where);

/// Of this process. Errors: METER_OPEN, METER_READ, METER_FIELD.
Result<MemoryRollup> ReadMemoryRollup();

}  // namespace falsify::harness
