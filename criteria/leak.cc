#include "criteria/leak.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "criteria/median_interval.h"

namespace falsify::criteria {

std::optional<double> GrowthPerCycle(std::span<const double> held) {
  if (held.size() < kWarmUpCycles + 2) return std::nullopt;
  if (!std::all_of(held.begin(), held.end(), [](double x) { return std::isfinite(x); })) {
    return std::nullopt;
  }
  std::vector<double> slopes;
  for (std::size_t from = kWarmUpCycles; from < held.size(); ++from) {
    for (std::size_t to = from + 1; to < held.size(); ++to) {
      slopes.push_back((held[to] - held[from]) / static_cast<double>(to - from));
    }
  }
  std::sort(slopes.begin(), slopes.end());
  return MedianOf(slopes);
}

}  // namespace falsify::criteria
