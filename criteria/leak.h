#pragma once

#include <optional>
#include <span>

namespace falsify::criteria {

/// Cycles whose growth is warming up, not leaking: caches and pools fill.
inline constexpr int kWarmUpCycles = 3;

/// What one trial's `held` (memory, descriptors: any unit) grows by per cycle, one value after
/// each: the median of the slopes between all pairs of cycles, those of the warm-up left out
/// (Theil, 1950; Sen, JASA 63, 1968), so that a few odd cycles do not move it. Absent if fewer than
/// two cycles remain or a value is not finite. O(n^2).
std::optional<double> GrowthPerCycle(std::span<const double> held);

}  // namespace falsify::criteria
