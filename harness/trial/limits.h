#pragma once

#include <cstdint>

#include "harness/trial/spec.h"

namespace falsify::harness {

/// Kernel limits of one worker, inherited by what it starts. Back-stops that no honest trial comes
/// near. There is none on address space: it would break honest maps and every sanitizer build.
struct WorkerLimits {
  static constexpr std::uint64_t kDescriptors = 4096;  ///< RLIMIT_NOFILE: models of 4,000 shards

  std::uint64_t file_bytes = 0;   ///< RLIMIT_FSIZE: a larger write fails with EFBIG
  std::uint64_t cpu_seconds = 0;  ///< RLIMIT_CPU: a worker that spins although nobody times it

  /// What the worker and all it starts may hold together, its page cache included; 0: anything. By
  /// a cgroup, else by RLIMIT_DATA, which limits the private memory of each process.
  std::uint64_t memory_bytes = 0;
};

/// What of a host its workers may use up.
struct HostRoom {
  unsigned cores = 1;
  std::uint64_t memory_bytes = 0;
};

/// This host's.
HostRoom RoomHere();

/// `model_bytes` is the model file's size, 0 if unknown.
WorkerLimits LimitsFor(const TrialSpec& spec, std::uint64_t model_bytes, const HostRoom& host);

}  // namespace falsify::harness
