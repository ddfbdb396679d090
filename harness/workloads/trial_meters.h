#pragma once

#include <memory>
#include <optional>

#include "harness/meters/faults_cpu.h"
#include "harness/meters/io_counters.h"
#include "harness/meters/memory_sampler.h"
#include "harness/meters/process_memory.h"
#include "harness/trial/observation.h"
#include "harness/workloads/phase_clock.h"
#include "loaders/error.h"
#include "loaders/model.h"

namespace falsify::harness {

/// Every meter of one trial. The counters run only while the trial's clock does, so what the meters
/// themselves do between two phases is in no figure.
class TrialMeters {
 public:
  /// Resets the peak, takes the baseline and starts the counters: the trial's clock starts next.
  /// Errors: METER_*.
  static Result<TrialMeters> Begin();

  /// With the clock paused, the model loaded and nothing done with it: what it holds, and how much
  /// of its payload is mapped in. Errors: METER_*.
  Result<void> OnLoaded(const loaders::Model& model, Observation& seen);

  /// The counters go on with the clock.
  Result<void> Resume();

  /// At the workload's end, the clock stopped, the model still alive. Errors: METER_*.
  /// With `timeline`, also how memory grew, as series.
  Result<void> Finish(Observation& seen, bool timeline);

 private:
  struct Counters {
    FaultsAndCpu usage;
    IoCounters io;
  };
  static Result<Counters> Read();
  Result<void> Pause();
  void TellTimeline(const MemoryTimeline& timeline, Observation& seen) const;

  TrialMeters() = default;

  std::unique_ptr<MemorySampler> sampler_ = std::make_unique<MemorySampler>();
  ResidentNow anon_and_file_before_;
  MemoryNow before_;
  Counters from_;  ///< when the counters last went on
  Counters sum_;   ///< while they ran
};

}  // namespace falsify::harness
