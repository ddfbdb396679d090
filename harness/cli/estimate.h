#pragma once

#include <cstdint>
#include <string>

#include "harness/study/study.h"

namespace falsify::cli {

/// What a run of a study will probably take, if every claim passes and is proven.
struct Estimate {
  double seconds = 0;
  int trials = 0;                  ///< shared ones counted once, burn-in and controls included
  std::uint64_t memory_bytes = 0;  ///< of the most demanding trial
  std::uint64_t disk_bytes = 0;    ///< of models that have to be made, and are not there yet
  std::uint64_t free_bytes = 0;    ///< where they go
};

/// From the sizes of the models and from how fast this host reads, copies and touches memory and
/// reads its device, measured now in well under a second.
Estimate EstimateRun(const harness::Study& study, const std::string& cache_directory);

}  // namespace falsify::cli
