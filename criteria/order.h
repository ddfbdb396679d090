#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "criteria/criterion.h"
#include "loaders/error.h"

namespace falsify::criteria {

enum class Growth { kConstant, kLog, kLinear, kLinearLog, kPower };

/// f of O(f(n)).
struct Order {
  Growth growth = Growth::kConstant;
  double power = 1;  ///< kPower only: k > 0

  friend bool operator==(const Order&, const Order&) = default;
};

/// "O(1)", "O(log n)", "O(n)", "O(n log n)", "O(n^1.5)"; spaces do not matter.
/// Errors: ORDER_UNKNOWN.
Result<Order> ParseOrder(std::string_view text);

/// As ParseOrder reads it.
std::string Name(const Order& order);

/// ln f(n). Precondition: f(n) > 0.
double LogOf(const Order& order, double n);

/// Whether a claim of this order can be tested on these sizes: three at least, ascending, f
/// positive, the last 64 times the first.
/// Errors: SWEEP_TOO_FEW, SWEEP_NOT_ASCENDING, SWEEP_TOO_SMALL, SWEEP_TOO_NARROW.
Result<void> CheckSizes(const Order& order, std::span<const double> sizes);

/// How much faster than f what was measured grows, as the power of n that is left over.
struct Exponents {
  Interval overall;  ///< least squares over all sizes
  Interval top;      ///< between the two largest; sees t = a + b n where the overall fit does not
};

/// Of one block: `values[j]`, never negative, was measured at `sizes[j]`, which CheckSizes accepts.
/// Nothing measured at any size (0 everywhere, as counts may be) does not grow; nothing at some
/// grows or shrinks without bounds, or unknowably.
Exponents ExcessExponents(const Order& order, std::span<const double> sizes,
                          std::span<const Interval> values);

/// Slope of the least-squares line through one block, in the values' unit per unit of size: to be
/// judged `below` a declared margin. Unknown, (-inf, inf), if a value may be negative, as that of a
/// failed trial may.
Interval SlopePerSize(std::span<const double> sizes, std::span<const Interval> values);

/// t = fixed + per_size * n, by least squares of the relative errors: for the report, beside the
/// exponents, so that a fixed cost that hides a slope is seen.
struct AffineFit {
  double fixed = 0;
  double per_size = 0;
  std::optional<double> crossover =
      {};  ///< size at which the slope costs as much as the rest, if ever
};

/// `typical[j]` stands for `sizes[j]`, their median say. Absent unless all are positive and finite
/// and two sizes differ.
std::optional<AffineFit> FitAffine(std::span<const double> sizes, std::span<const double> typical);

/// Largest growth beyond f that a tolerance of the exponent allows from the first to the last size.
double AllowedGrowth(double tolerance, double first_size, double last_size);

/// "at most 2.3x from 1 MiB to 4 GiB", "at most 2.3x beyond O(n) from ..".
std::string GrowthInWords(const Order& order, double growth, std::string_view first_size,
                          std::string_view last_size);

}  // namespace falsify::criteria
