#include "criteria/serial_dependence.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <vector>

namespace falsify::criteria {
namespace {

/// Ranks from 1; equal values share the mean of theirs.
std::vector<double> MidRanks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double shared = static_cast<double>(first + 1 + end) / 2;
    for (; first < end; ++first) ranks[order[first]] = shared;
  }
  return ranks;
}

double Square(double x) { return x * x; }

/// NaN if all ranks are equal.
double VonNeumannRatio(std::span<const double> ranks) {
  const double mean = (static_cast<double>(ranks.size()) + 1) / 2;
  double steps = 0;
  double spread = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (i > 0) steps += Square(ranks[i] - ranks[i - 1]);
    spread += Square(ranks[i] - mean);
  }
  return steps / spread;
}

}  // namespace

std::optional<double> BartelsZ(std::span<const double> values) {
  if (values.size() < 3) return std::nullopt;
  const double ratio = VonNeumannRatio(MidRanks(values));
  if (std::isnan(ratio)) return std::nullopt;
  const double n = static_cast<double>(values.size());
  const double variance = 4 * (n - 2) * (5 * n * n - 2 * n - 9) / (5 * n * (n + 1) * Square(n - 1));
  return (ratio - 2) / std::sqrt(variance);
}

std::optional<double> SerialDependenceP(std::span<const double> values) {
  if (values.size() < 20) return std::nullopt;
  const std::optional<double> z = BartelsZ(values);
  if (!z) return std::nullopt;
  return std::erfc(-*z / std::numbers::sqrt2) / 2;
}

}  // namespace falsify::criteria
