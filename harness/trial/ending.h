#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"

namespace falsify::harness {

/// Why a worker is no longer running.
enum class Stop {
  kItself,      ///< it exited, or a signal we did not send killed it
  kTimeout,     ///< we ended it
  kOverMemory,  ///< we ended it
  kInterrupted  ///< we ended it because the whole run was told to stop
};

/// What the parent saw of one worker, from before its spawn to its last descendant's end.
struct Ending {
  Stop stop = Stop::kItself;
  double started = 0;              ///< CLOCK_MONOTONIC in seconds, before spawn
  double stopped_after = 0;        ///< seconds since `started` when we decided to end it
  double reaped_after = 0;         ///< seconds since `started`
  std::optional<int> wait_status;  ///< waitpid(2); absent if the worker could not be killed
  bool unkillable = false;         ///< it, or something it started, outlived SIGKILL
  std::string answer;
  bool answer_overflowed = false;
  std::string stderr_tail;
  std::uint64_t peak_anon = 0;  ///< bytes, lower bounds from sampling; 0 if never sampled
  std::uint64_t peak_rss = 0;
  std::uint64_t peak_rss_cap = 0;  ///< bytes that its resident set cannot have exceeded; 0: unknown
  bool kernel_oom_kill = false;    ///< the kernel killed some process for memory meanwhile
  std::optional<std::uint64_t> model_bytes_before;  ///< of the model file, if it is one
  std::optional<std::uint64_t> model_bytes_after;
};

/// Decides how the trial ended. Only a worker that exited with 0 after one complete, valid answer
/// to this very trial is believed, and only if nothing it claims contradicts what its parent saw;
/// then the outcome is ok, or refused or unavailable if the answer carries an error. Pure.
Observation Decode(const TrialSpec& spec, const Ending& ending);

}  // namespace falsify::harness
