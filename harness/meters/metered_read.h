#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>

#include "loaders/error.h"

namespace falsify::harness {

/// What the meters of this process have read by themselves. The kernel counts it in
/// /proc/self/io together with what a loader read, so the I/O meter takes it off again.
struct MeterReads {
  std::uint64_t bytes = 0;
  std::uint64_t calls = 0;
};

struct MeteredRead {
  ssize_t bytes = 0;  ///< as pread(2) returned it; if -1, errno still says why
  MeterReads before;  ///< what meters had read before this very call
};

/// pread(2), entered in this process's account of meter reads. Any thread; calls exclude one
/// another, so the account and the kernel's counters cannot drift apart.
MeteredRead MeteredPread(int fd, std::span<char> to, off_t at);

/// The whole text of a file under /proc or /sys. Errors: METER_OPEN, METER_READ (errno named).
Result<std::string> ReadProcText(const std::string& path);

}  // namespace falsify::harness
