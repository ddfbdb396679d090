#pragma once

#include <time.h>

namespace falsify::harness {

/// Seconds of CLOCK_MONOTONIC: the clock of every time we report. It never jumps, and all
/// processes of a host share it, so a parent's and its worker's readings may be subtracted.
inline double MonotonicSeconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace falsify::harness
