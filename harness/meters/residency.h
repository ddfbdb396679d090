#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "loaders/error.h"

namespace falsify::harness {

/// Bytes of `ranges` that this process's page tables map at this instant, by /proc/self/pagemap
/// (proc(5), bit 63), which needs no privilege. A page counts with the part of it that lies in a
/// range; bytes in two ranges count twice. Touches none of the memory. Reads 8 B per page, in
/// pieces of at most 64 KiB: about 6 MB for 3 GB.
/// Errors: METER_OPEN (no CONFIG_PROC_PAGE_MONITOR), METER_PAGEMAP.
Result<std::uint64_t> ResidentBytes(std::span<const std::span<const std::byte>> ranges);

}  // namespace falsify::harness
