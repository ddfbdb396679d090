#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/meters/anonymous_memory.h"
#include "loaders/error.h"

namespace falsify::harness {

/// MemAvailable of /proc/meminfo in bytes: what may be taken without swapping.
/// Errors: METER_FIELD.
Result<std::uint64_t> ParseAvailableMemoryBytes(std::string_view meminfo);

/// Errors: METER_OPEN, METER_READ, METER_FIELD.
Result<std::uint64_t> AvailableMemoryBytes();

/// Anonymous memory that has been touched, so that the host had to supply it: as much as was last
/// asked for, in whole slices.
class TouchedMemory {
 public:
  /// Touches more, on every core, or frees some. Up to a slice (256 MiB) more than `bytes`.
  /// Errors: METER_MEMORY (the kernel gives no more; what there was is kept), also if that would
  /// leave less than a margin of 256 MiB available; METER_OPEN, METER_READ, METER_FIELD if that
  /// cannot be told.
  Result<void> Resize(std::uint64_t bytes);

  std::uint64_t bytes() const;

 private:
  std::vector<AnonymousMemory> slices_;
};

struct Priming {
  std::uint64_t bytes = 0;
  double seconds = 0;           ///< to map and touch; freeing is not counted
  double seconds_per_page = 0;  ///< per 4 KiB; about 10x the usual where the host had the memory
};

/// Makes the host give a virtual machine the memory that the next trial will need: touches `bytes`
/// of anonymous memory, all alive at once, then frees them. A guest's free memory may have gone
/// back to its host, and the first touch would otherwise charge the trial for fetching it.
/// Errors: those of TouchedMemory::Resize.
Result<Priming> PrimeGuestMemory(std::uint64_t bytes);

}  // namespace falsify::harness
