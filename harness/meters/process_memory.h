#pragma once

#include <cstdint>
#include <string_view>
#include <sys/types.h>
#include <utility>

#include "harness/meters/file_descriptor.h"
#include "loaders/error.h"

namespace falsify::harness {

/// What a process holds in memory, in bytes, as /proc/PID/status says it (proc(5)). Hugetlb pages
/// are in none of these. Kernels 6.2 to 6.16 keep the first four per CPU and may print each
/// off by up to 32 pages x CPUs.
struct MemoryNow {
  std::uint64_t rss = 0;   ///< anon + file + shmem
  std::uint64_t anon = 0;  ///< what the kernel cannot take back without swap
  std::uint64_t file = 0;  ///< mapped page-cache pages
  std::uint64_t shmem = 0;
  std::uint64_t hwm = 0;  ///< largest rss since the process began or its peak was reset
};

/// Pure. Errors: METER_FIELD (a zombie has none of the fields).
Result<MemoryNow> ParseProcessMemory(std::string_view status, std::string_view where);

/// Errors: METER_OPEN, METER_READ (no such process), METER_FIELD.
Result<MemoryNow> ReadProcessMemory();
Result<MemoryNow> ReadProcessMemory(pid_t pid);

/// Makes `hwm` of this process start again from its present rss: "5" into /proc/self/clear_refs,
/// Linux 4.0. Errors: METER_PEAK_RESET (errno named), e.g. without CONFIG_PROC_PAGE_MONITOR.
Result<void> ResetPeak();

/// The part of MemoryNow that is cheap to sample.
struct ResidentNow {
  std::uint64_t anon = 0;
  std::uint64_t file = 0;  ///< mapped files and shared memory
};

/// Pure; `statm` counts pages of `page_bytes`. Errors: METER_FIELD.
Result<ResidentNow> ParseStatm(std::string_view statm, std::uint64_t page_bytes);

/// /proc/self/statm, kept open: one pread and no allocation per reading. Any thread.
class StatmReader {
 public:
  /// Errors: METER_OPEN.
  static Result<StatmReader> Open();

  /// Errors: METER_READ (errno named), METER_FIELD.
  Result<ResidentNow> Read() const;

 private:
  explicit StatmReader(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace falsify::harness
