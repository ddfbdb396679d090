#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <thread>

#include "loaders/error.h"

namespace falsify::harness {

/// Sums over processes, at one instant.
struct TreeNow {
  std::uint64_t rss = 0;
  std::uint64_t anon = 0;
  std::uint64_t file = 0;  ///< mapped files and shared memory
  std::uint64_t processes = 0;
};

/// Sums of what processes have used since they began, those that they have reaped included.
struct TreeUse {
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  double cpu_seconds = 0;  ///< to a clock tick, 10 ms
  std::uint64_t bytes_read = 0;
  std::uint64_t storage_bytes = 0;
};

/// Pure: fields 10 to 17 of /proc/PID/stat (proc(5)). Errors: METER_FIELD.
Result<TreeUse> ParseTreeUse(std::string_view stat, double seconds_per_tick);

/// Growth since Begin.
struct TreeFigures {
  double peak_rss = 0;
  double peak_anon = 0;
  double peak_file = 0;
  TreeUse use;
};

/// Meters another process and all below it, from outside: what they cannot misreport. Memory is
/// sampled by a thread of its own, so that a spike shorter than its period can be missed where
/// there are several processes; of a single one the kernel's own mark is taken. A process that ends
/// without being waited for takes its figures with it.
class TreeMeter {
 public:
  /// Resets the peak of `root`, takes the baseline and starts sampling. Errors: METER_*.
  static Result<TreeMeter> Begin(pid_t root);
  TreeMeter(TreeMeter&&) = default;
  TreeMeter& operator=(TreeMeter&&) = delete;
  ~TreeMeter();

  /// Growth of the resident memory of all of them until now. Errors: METER_*.
  Result<double> GrowthNow() const;

  /// Ends the sampling. Errors: METER_*.
  Result<TreeFigures> Finish();

 private:
  /// Shared with the sampling thread.
  struct Peaks {
    std::atomic<bool> stopping = false;
    std::atomic<std::uint64_t> rss = 0;
    std::atomic<std::uint64_t> anon = 0;
    std::atomic<std::uint64_t> file = 0;
    std::atomic<std::uint64_t> most_processes = 0;
  };

  explicit TreeMeter(pid_t root) : root_(root) {}
  static void Sample(pid_t root, Peaks& peaks);
  void Join();

  pid_t root_;
  TreeNow before_;
  TreeUse used_before_;
  std::unique_ptr<Peaks> peaks_ = std::make_unique<Peaks>();
  std::thread sampler_;
};

}  // namespace falsify::harness
