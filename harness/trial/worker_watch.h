#pragma once

#include <array>
#include <chrono>
#include <vector>

#include "harness/trial/ending.h"
#include "harness/trial/memory_watch.h"
#include "harness/trial/pipes.h"
#include "harness/trial/process_tree.h"
#include "harness/trial/spawn.h"
#include "harness/trial/spec.h"
#include "harness/trial/worker_cgroup.h"

namespace falsify::harness {

/// CLOCK_MONOTONIC, which all processes of a host share.
using Clock = std::chrono::steady_clock;
double SecondsOf(Clock::time_point time);

/// Read ends of what a worker writes.
struct WorkerOutput {
  UniqueFd stdout_pipe;
  UniqueFd stderr_pipe;
  UniqueFd answer_pipe;
};

/// Follows one worker from its spawn until it and all it started are gone. One thread, no signal
/// handler: everything it waits for is a descriptor.
class WorkerWatch {
 public:
  /// `stop_fd` becomes readable when the run is to end. `tree` and `cgroup` (may be null) must
  /// outlive the watch.
  WorkerWatch(const TrialSpec& spec, Clock::time_point started, Spawned worker, WorkerOutput output,
              int stop_fd, const ProcessTree& tree, const WorkerCgroup& cgroup);

  /// Returns within the spec's timeout plus 500 ms to obey SIGTERM plus 5 s to obey SIGKILL.
  Ending Run();

 private:
  Stop WaitForEnd();
  void AskToEnd();
  void EndTree();
  bool TryReap();
  void Step(Clock::time_point until);
  void SampleIfDue();
  void NoteAnswer();
  std::string StderrTail() const;

  const TrialSpec& spec_;
  const Clock::time_point started_;
  Spawned worker_;
  const int stop_fd_;
  const ProcessTree& tree_;
  const WorkerCgroup& cgroup_;

  TailSink stdout_sink_;
  TailSink stderr_sink_;
  HeadSink answer_sink_;
  std::array<Drain, 3> drains_;  // stdout, stderr, answer
  MemoryWatch memory_;
  Clock::time_point next_sample_;
  bool ended_ = false;
  bool interrupted_ = false;
  bool over_memory_ = false;
  Ending ending_;
};

}  // namespace falsify::harness
