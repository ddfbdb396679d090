#pragma once

#include <optional>

#include "harness/study/fields.h"
#include "harness/study/study.h"

namespace falsify::harness {

/// What `defaults:` gives and a hypothesis may override.
struct Settings {
  Cache cache = Cache::kWarm;
  double alpha = 0.05;
  std::optional<double> beta;  ///< alpha, unless given
  BlockLimits blocks;
  double timeout_seconds = 60;
  double watch_seconds = 60;
  unsigned threads = 2;
  double tolerance = 0.1;  ///< of orders: excess of the exponent
  double sabotage = 1.5;
  Mode mode = Mode::kOneShot;
};

/// `inherited`, overridden by what `map` holds of it. `map` is that of `defaults:` or of a
/// hypothesis.
Settings ReadSettings(const MapReader& map, const Settings& inherited, StudyProblems& problems);

}  // namespace falsify::harness
