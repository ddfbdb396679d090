#pragma once

#include <cstdint>

namespace falsify::harness {

/// What this process, all its threads, has used since it began (getrusage(2), RUSAGE_SELF).
struct FaultsAndCpu {
  std::uint64_t minor_faults = 0;  ///< served without waiting for storage
  std::uint64_t major_faults = 0;  ///< waits for storage, not pages: readahead serves many at once
  double cpu_seconds = 0;          ///< user + system
};

FaultsAndCpu ReadFaultsAndCpu();

}  // namespace falsify::harness
