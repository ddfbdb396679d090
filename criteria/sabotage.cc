#include "criteria/sabotage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace falsify::criteria {
namespace {

/// Far enough beyond any tolerance to be told from it.
constexpr double kExcessPower = 0.5;

}  // namespace

double ToExceed(double threshold, double factor, double estimate) {
  return std::max(0.0, factor * threshold - estimate);
}

double ToExceedRatio(double threshold, double factor, double numerator, double denominator) {
  return ToExceed(threshold * denominator, factor, numerator);
}

double ToFallShort(double threshold, double factor, double estimate, double work) {
  return std::max(0.0, work * (factor / threshold - 1 / estimate));
}

std::vector<double> ToOutgrow(const Order& order, double tolerance, std::span<const double> sizes,
                              std::span<const double> typical) {
  std::vector<double> missing;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double beyond = (tolerance + kExcessPower) * std::log(sizes[i] / sizes[0]);
    const double growth = LogOf(order, sizes[i]) - LogOf(order, sizes[0]) + beyond;
    missing.push_back(std::max(0.0, typical[0] * std::exp(growth) - typical[i]));
  }
  return missing;
}

}  // namespace falsify::criteria
