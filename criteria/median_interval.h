#pragma once

#include <optional>
#include <span>

namespace falsify::criteria {

struct MedianInterval {
  double low = 0;
  double high = 0;
  double confidence = 0;  ///< exact for any distribution; at least 0.9
};

/// The narrowest pair of order statistics that holds the true median with at least 90 % confidence
/// (binomial, for a sample size fixed in advance: for describing, never for deciding). `ascending`
/// is sorted. Fewer than five values: none.
std::optional<MedianInterval> MedianIntervalOf(std::span<const double> ascending);

/// Sample median of sorted values. Precondition: not empty.
double MedianOf(std::span<const double> ascending);

}  // namespace falsify::criteria
