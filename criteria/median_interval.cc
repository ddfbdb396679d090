#include "criteria/median_interval.h"

#include <cmath>

namespace falsify::criteria {
namespace {

constexpr double kLeastConfidence = 0.9;

}  // namespace

std::optional<MedianInterval> MedianIntervalOf(std::span<const double> ascending) {
  const std::size_t n = ascending.size();
  // P(Bin(n, 1/2) <= k), grown term by term: the chance that more than n - k - 1 values fall on one
  // side of the median.
  double term = std::exp2(-static_cast<double>(n));
  double tail = 0;
  std::optional<MedianInterval> best;
  for (std::size_t k = 0; 2 * k + 1 < n; ++k) {
    tail += term;
    term *= static_cast<double>(n - k) / static_cast<double>(k + 1);
    const double confidence = 1.0 - 2.0 * tail;
    if (confidence < kLeastConfidence) break;
    best = {ascending[k], ascending[n - 1 - k], confidence};
  }
  return best;
}

double MedianOf(std::span<const double> ascending) {
  const std::size_t n = ascending.size();
  const double upper = ascending[n / 2];
  return n % 2 == 1 ? upper : (ascending[n / 2 - 1] + upper) / 2;
}

}  // namespace falsify::criteria
