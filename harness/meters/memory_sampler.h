#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "harness/meters/process_memory.h"
#include "loaders/error.h"

namespace falsify::harness {

/// What was resident at one instant.
struct MemoryPoint {
  double seconds = 0;  ///< since Start
  std::uint64_t anon = 0;
  std::uint64_t file = 0;
};

/// Instants spread evenly over a time whose end is not known: once it is full, every other one is
/// dropped and only every other one is taken from then on. No allocation after the first.
class MemoryTimeline {
 public:
  static constexpr std::size_t kMost = 96;

  MemoryTimeline() { points_.reserve(kMost); }
  void Add(const MemoryPoint& point);
  const std::vector<MemoryPoint>& points() const { return points_; }

 private:
  std::vector<MemoryPoint> points_;
  std::uint64_t stride_ = 1;
  std::uint64_t seen_ = 0;
};

struct MemoryPeaks {
  std::uint64_t anon = 0;  ///< bytes, largest seen
  std::uint64_t file = 0;  ///< bytes, largest seen, not necessarily at the same instant
  std::uint64_t samples = 0;
  double cpu_seconds = 0;  ///< user + system time of the sampling thread, to take off `cpu_time`
  MemoryTimeline timeline = {};
};

/// Watches this process's anonymous and file memory, which have no high-water mark in the kernel,
/// from a thread of its own. A spike shorter than the period can be missed: VmHWM bounds the sum.
/// Each sample is one pread and no allocation. Checkpoint may be called by any thread; Start and
/// Stop by the owner.
class MemorySampler {
 public:
  explicit MemorySampler(std::chrono::microseconds period = std::chrono::milliseconds(1));
  ~MemorySampler();
  MemorySampler(const MemorySampler&) = delete;
  MemorySampler& operator=(const MemorySampler&) = delete;

  /// Forgets earlier peaks, starts the thread and returns the first sample, thread included: the
  /// baseline that growth is counted from. Errors: METER_OPEN, METER_READ, METER_FIELD,
  /// METER_THREAD; METER_STATE if it runs already.
  Result<ResidentNow> Start();

  /// Takes a sample now, so that a phase's last state cannot fall between two samples.
  /// Errors: METER_READ, METER_FIELD; METER_STATE if it does not run.
  Result<ResidentNow> Checkpoint();

  /// Takes a last sample and ends the thread, within one period. Errors: the first that any sample
  /// met, because peaks with a gap are not peaks; METER_STATE if it does not run.
  Result<MemoryPeaks> Stop();

 private:
  void Run();
  Result<ResidentNow> SampleLocked();
  void Join();

  const std::chrono::microseconds period_;
  std::thread thread_;
  std::mutex mutex_;  // guards all below
  std::optional<StatmReader> statm_;
  std::optional<Error> first_error_;
  MemoryPeaks peaks_;
  bool stopping_ = false;
  std::int64_t started_ = 0;  // CLOCK_MONOTONIC, nanoseconds
};

}  // namespace falsify::harness
