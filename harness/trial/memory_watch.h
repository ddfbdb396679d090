#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

#include "harness/trial/unique_fd.h"

namespace falsify::harness {

/// A process's memory as its parent can see it, in bytes.
struct MemorySample {
  std::uint64_t anon = 0;      ///< RssAnon now
  std::uint64_t peak_rss = 0;  ///< VmHWM: largest resident set since exec
};

/// Pure: from the text of /proc/PID/status (proc(5); the kernel prints KiB and calls them kB).
/// Nothing if a field is missing, as in a zombie.
std::optional<MemorySample> ParseMemorySample(std::string_view status);

/// Samples one process from outside. Its figures are lower bounds: what happens between two
/// samples is not seen.
class MemoryWatch {
 public:
  explicit MemoryWatch(pid_t pid);

  /// Nothing once the process has ended.
  std::optional<MemorySample> Sample();

  std::uint64_t peak_anon() const { return peak_anon_; }
  std::uint64_t peak_rss() const { return peak_rss_; }

 private:
  UniqueFd status_;
  std::uint64_t peak_anon_ = 0;
  std::uint64_t peak_rss_ = 0;
};

/// Processes the kernel has killed for memory since boot; 0 if it does not say.
std::uint64_t OomKillsSinceBoot();

/// Pure: `oom_kill` of the text of /proc/vmstat.
std::uint64_t ParseOomKills(std::string_view vmstat);

}  // namespace falsify::harness
