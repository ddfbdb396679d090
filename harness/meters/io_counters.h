#pragma once

#include <cstdint>
#include <string_view>

#include "loaders/error.h"

namespace falsify::harness {

/// What this process, all its threads and the children it has reaped, read since it began
/// (/proc/self/io, proc(5)). Page faults are in `storage_bytes` only; O_DIRECT is in both.
struct IoCounters {
  std::uint64_t bytes_read = 0;     ///< rchar: through read-like calls, cached or not
  std::uint64_t read_calls = 0;     ///< syscr
  std::uint64_t storage_bytes = 0;  ///< read_bytes: fetched from the device
};

/// Pure: the kernel's figures as they stand. Errors: METER_FIELD.
Result<IoCounters> ParseIoCounters(std::string_view io, std::string_view where);

/// The same less every byte and call that went through MeteredPread, so the difference of two
/// readings is exactly what the rest of the process read. Errors: METER_OPEN (no task I/O
/// accounting, or not permitted), METER_READ, METER_FIELD; METER_STATE in a process that was
/// forked without exec after its meters had read.
Result<IoCounters> ReadIoCounters();

}  // namespace falsify::harness
