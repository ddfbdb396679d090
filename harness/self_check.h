#pragma once

#include <string>

#include "harness/trial/runner.h"
#include "loaders/error.h"

namespace falsify::harness {

/// How well the harness measures itself here: known violations, put into trials of a small model by
/// the same hands that sabotage a claim's subject, and what was seen of them.
struct SelfCheck {
  int trials = 0;                  ///< of each kind
  double delay_seconds = 0;        ///< put in
  double delay_seen_seconds = 0;   ///< median load_time with it, less that without
  double ballast_bytes = 0;        ///< put in
  double ballast_seen_bytes = 0;   ///< the same of peak_anon
  double noise_floor_seconds = 0;  ///< longest load_time of a loader that does nothing

  double delay_bias() const { return delay_seen_seconds / delay_seconds - 1; }
  double ballast_bias() const { return ballast_seen_bytes / ballast_bytes - 1; }
};

/// Measures a delay of 1 ms in each of `trials` trials, taking turns with trials that have none, a
/// ballast of 256 MiB in three, and nothing at all in `trials`. `model_path` is small and stays in
/// the page cache. Errors: SELF_CHECK (a trial failed, named), those of TrialRunner.
Result<SelfCheck> CheckSelf(TrialRunner& runner, const std::string& model_path, int trials);

/// The floor alone: what a run has to know of itself. Errors: as CheckSelf.
Result<double> NoiseFloorSeconds(TrialRunner& runner, const std::string& model_path, int trials);

}  // namespace falsify::harness
