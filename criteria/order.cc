#include "criteria/order.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "fmt/format.h"

namespace falsify::criteria {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kFewestSizes = 3;
constexpr double kNarrowestRange = 64;

std::string WithoutSpaces(std::string_view text) {
  std::string kept(text);
  kept.erase(std::remove(kept.begin(), kept.end(), ' '), kept.end());
  return kept;
}

/// The k of "O(n^k)"; absent for any other text.
std::optional<double> PowerOf(std::string_view text) {
  constexpr std::string_view kBefore = "O(n^";
  if (!text.starts_with(kBefore) || !text.ends_with(')')) return std::nullopt;
  text.remove_prefix(kBefore.size());
  text.remove_suffix(1);
  double power = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, power);
  if (error != std::errc() || rest != end || !(power > 0) || !std::isfinite(power)) {
    return std::nullopt;
  }
  return power;
}

/// Weights that make a sum over the values the slope of the least-squares line through (x, value).
std::vector<double> SlopeWeights(std::span<const double> x) {
  double mean = 0;
  for (const double at : x) mean += at / static_cast<double>(x.size());
  double spread = 0;
  for (const double at : x) spread += (at - mean) * (at - mean);
  std::vector<double> weights;
  for (const double at : x) weights.push_back((at - mean) / spread);
  return weights;
}

/// lo takes lo of a value where its weight is positive and hi where it is negative; hi the reverse.
Interval WeightedSum(std::span<const double> weights, std::span<const Interval> values) {
  Interval sum;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double weight = weights[i];
    if (weight == 0) continue;
    sum.lo += weight * (weight > 0 ? values[i].lo : values[i].hi);
    sum.hi += weight * (weight > 0 ? values[i].hi : values[i].lo);
  }
  return {std::isnan(sum.lo) ? -kInfinity : sum.lo, std::isnan(sum.hi) ? kInfinity : sum.hi};
}

bool AreKnown(std::span<const Interval> values) {
  return std::all_of(values.begin(), values.end(),
                     [](const Interval& value) { return value.lo >= 0 && value.hi >= value.lo; });
}

bool AreAllZero(std::span<const Interval> values) {
  return std::all_of(values.begin(), values.end(),
                     [](const Interval& value) { return value.lo == 0 && value.hi == 0; });
}

/// Slope of ln value - ln f over ln size.
Interval ExcessExponent(const Order& order, std::span<const double> sizes,
                        std::span<const Interval> values) {
  if (!AreKnown(values)) return {-kInfinity, kInfinity};
  const bool nothing = AreAllZero(values);
  std::vector<double> logs;
  std::vector<Interval> excess;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double expected = LogOf(order, sizes[i]);
    logs.push_back(std::log(sizes[i]));
    excess.push_back({(nothing ? 0 : std::log(values[i].lo)) - expected,
                      (nothing ? 0 : std::log(values[i].hi)) - expected});
  }
  return WeightedSum(SlopeWeights(logs), excess);
}

bool IsPositive(double value) { return value > 0 && std::isfinite(value); }

}  // namespace

Result<Order> ParseOrder(std::string_view text) {
  const std::string bare = WithoutSpaces(text);
  if (bare == "O(1)") return Order{.growth = Growth::kConstant};
  if (bare == "O(logn)") return Order{.growth = Growth::kLog};
  if (bare == "O(n)") return Order{.growth = Growth::kLinear};
  if (bare == "O(nlogn)") return Order{.growth = Growth::kLinearLog};
  if (const std::optional<double> power = PowerOf(bare)) {
    return Order{.growth = Growth::kPower, .power = *power};
  }
  return Fail({.code = "ORDER_UNKNOWN",
               .where = "order",
               .what = fmt::format("\"{}\" is not an order of growth", text),
               .hint = "use O(1), O(log n), O(n), O(n log n) or O(n^k) with k > 0"});
}

std::string Name(const Order& order) {
  switch (order.growth) {
    case Growth::kConstant:
      return "O(1)";
    case Growth::kLog:
      return "O(log n)";
    case Growth::kLinear:
      return "O(n)";
    case Growth::kLinearLog:
      return "O(n log n)";
    case Growth::kPower:
      return fmt::format("O(n^{})", order.power);
  }
  return {};
}

double LogOf(const Order& order, double n) {
  const double log_n = std::log(n);
  switch (order.growth) {
    case Growth::kConstant:
      return 0;
    case Growth::kLog:
      return std::log(log_n);
    case Growth::kLinear:
      return log_n;
    case Growth::kLinearLog:
      return log_n + std::log(log_n);
    case Growth::kPower:
      return order.power * log_n;
  }
  return 0;
}

Result<void> CheckSizes(const Order& order, std::span<const double> sizes) {
  const auto refuse = [](std::string code, std::string what, std::string hint) {
    return Fail({.code = std::move(code),
                 .where = "sweep",
                 .what = std::move(what),
                 .hint = std::move(hint)});
  };
  if (sizes.size() < kFewestSizes) {
    return refuse("SWEEP_TOO_FEW", fmt::format("{} sizes cannot show an order", sizes.size()),
                  "name three or more");
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!IsPositive(sizes[i]) || !std::isfinite(LogOf(order, sizes[i]))) {
      return refuse("SWEEP_TOO_SMALL",
                    fmt::format("{} is not positive at size {}", Name(order), sizes[i]),
                    "start at a larger size");
    }
    if (i > 0 && sizes[i] <= sizes[i - 1]) {
      return refuse("SWEEP_NOT_ASCENDING",
                    fmt::format("size {} follows {}", sizes[i], sizes[i - 1]),
                    "list every size once, the smallest first");
    }
  }
  if (sizes.back() < kNarrowestRange * sizes.front()) {
    return refuse("SWEEP_TOO_NARROW",
                  fmt::format("the last size is {:.3g} times the first, less than {}",
                              sizes.back() / sizes.front(), kNarrowestRange),
                  "an order only shows over a wide range: add larger sizes");
  }
  return {};
}

Exponents ExcessExponents(const Order& order, std::span<const double> sizes,
                          std::span<const Interval> values) {
  return {.overall = ExcessExponent(order, sizes, values),
          .top = ExcessExponent(order, sizes.last(2), values.last(2))};
}

Interval SlopePerSize(std::span<const double> sizes, std::span<const Interval> values) {
  if (!AreKnown(values)) return {-kInfinity, kInfinity};
  return WeightedSum(SlopeWeights(sizes), values);
}

std::optional<AffineFit> FitAffine(std::span<const double> sizes, std::span<const double> typical) {
  if (!std::all_of(typical.begin(), typical.end(), IsPositive)) return std::nullopt;
  double weights = 0;
  double mean_size = 0;
  double mean_value = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double weight = 1 / (typical[i] * typical[i]);
    weights += weight;
    mean_size += weight * sizes[i];
    mean_value += weight * typical[i];
  }
  mean_size /= weights;
  mean_value /= weights;
  double together = 0;
  double spread = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double weight = 1 / (typical[i] * typical[i]);
    together += weight * (sizes[i] - mean_size) * (typical[i] - mean_value);
    spread += weight * (sizes[i] - mean_size) * (sizes[i] - mean_size);
  }
  if (!IsPositive(spread)) return std::nullopt;
  AffineFit fit = {.per_size = together / spread};
  fit.fixed = mean_value - fit.per_size * mean_size;
  if (fit.fixed > 0 && fit.per_size > 0) fit.crossover = fit.fixed / fit.per_size;
  return fit;
}

double AllowedGrowth(double tolerance, double first_size, double last_size) {
  return std::pow(last_size / first_size, tolerance);
}

std::string GrowthInWords(const Order& order, double growth, std::string_view first_size,
                          std::string_view last_size) {
  const int decimals = growth < 1.2 ? 2 : growth < 10 ? 1 : 0;
  const bool flat = order.growth == Growth::kConstant;
  return fmt::format("at most {:.{}f}x {}from {} to {}", growth, decimals,
                     flat ? std::string() : "beyond " + Name(order) + " ", first_size, last_size);
}

}  // namespace falsify::criteria
