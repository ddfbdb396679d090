#pragma once

#include <optional>
#include <span>

namespace falsify::criteria {

/// Bartels' test: von Neumann's ratio of the ranks of `values`, in the order they were taken, as a
/// standard normal deviate; far below 0 if neighbours are alike. Ties share mid-ranks; infinities
/// are ranked; no NaN. Absent below 3 values and if all are equal. Bartels, JASA 77 (1982), 40-46.
std::optional<double> BartelsZ(std::span<const double> values);

/// Probability of a z this low without serial dependence. Absent below 20 values, where the normal
/// approximation does not hold, and where z is.
std::optional<double> SerialDependenceP(std::span<const double> values);

}  // namespace falsify::criteria
