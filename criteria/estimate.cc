#include "criteria/estimate.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "criteria/e_value.h"
#include "criteria/streams.h"

namespace falsify::criteria {
namespace {

std::optional<double> Finite(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// The `rank`-th smallest, from 1; absent if infinite.
std::optional<double> OrderStatistic(std::vector<double>& values, int rank) {
  const auto nth = values.begin() + (rank - 1);
  std::nth_element(values.begin(), nth, values.end());
  return Finite(*nth);
}

/// Where the threshold could stand at most and the (turned) component still be falsified, alone
/// and at `need`.
std::optional<double> TurnedLow(const Claim& claim, const Component& component, double need,
                                std::span<const BlockValue> blocks) {
  std::vector<double> at_least;
  for (const BlockValue& block : blocks) {
    if (!IsSetAside(claim, block)) at_least.push_back(TurnedValue(component, block).lo);
  }
  const int n = static_cast<int>(at_least.size());
  const std::optional<int> fewest = FewestViolationsToFalsify(n, component.p0, need);
  if (!fewest || *fewest == 0) return std::nullopt;
  return OrderStatistic(at_least, n - *fewest + 1);
}

/// The (turned) component is corroborated for every threshold above this.
std::optional<double> TurnedHigh(const Claim& claim, const Component& component, double need,
                                 std::span<const BlockValue> blocks) {
  std::vector<double> at_most;
  for (const BlockValue& block : blocks) {
    if (CountsForCorroboration(claim, block)) at_most.push_back(TurnedValue(component, block).hi);
  }
  const int n = static_cast<int>(at_most.size());
  const std::optional<int> most = MostViolationsToPass(n, component.p0, need);
  if (!most || *most == n) return std::nullopt;
  return OrderStatistic(at_most, n - *most);
}

std::optional<double> Negated(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return 0.0 - *value;
}

/// Sorts `values`, which are not empty. n q within rounding of a whole number j: between X[j],
/// X[j+1].
double SampleQuantile(std::vector<double>& values, double quantile) {
  std::sort(values.begin(), values.end());
  const double exact = static_cast<double>(values.size()) * quantile;
  const double whole = std::floor(exact + 1e-9);
  const std::size_t next = std::min(static_cast<std::size_t>(whole), values.size() - 1);
  if (exact - whole > 1e-9 || next == 0) return values[next];
  return std::midpoint(values[next - 1], values[next]);
}

void SetValue(Estimate& estimate, const Claim& claim, Part part,
              std::span<const BlockValue> blocks) {
  std::vector<double> at_least;
  std::vector<double> at_most;
  for (const BlockValue& block : blocks) {
    if (block.failed || IsSetAside(claim, block)) continue;
    const Interval known = Known(block, part);
    at_least.push_back(known.lo);
    at_most.push_back(known.hi);
  }
  if (at_least.empty()) return;
  const double value = SampleQuantile(at_least, claim.quantile);
  estimate.value = Finite(value);
  estimate.value_at_least = estimate.value && SampleQuantile(at_most, claim.quantile) > value;
}

Estimate EstimateComponent(const Claim& claim, const Component& component, double need_to_falsify,
                           double need_to_pass, std::span<const BlockValue> blocks) {
  Estimate estimate;
  estimate.low = TurnedLow(claim, component, need_to_falsify, blocks);
  estimate.high = TurnedHigh(claim, component, need_to_pass, blocks);
  if (component.side == Side::kAbove) {
    std::swap(estimate.low, estimate.high);
    estimate.low = Negated(estimate.low);
    estimate.high = Negated(estimate.high);
  }
  SetValue(estimate, claim, component.part, blocks);
  return estimate;
}

}  // namespace

std::vector<Estimate> EstimateComponents(const Claim& claim, const Rules& rules,
                                         std::span<const BlockValue> blocks) {
  const std::vector<Component> components = ComponentsOf(claim);
  if (claim.form == Form::kHolds) return std::vector<Estimate>(components.size());
  // The claim's evidence is the mean of its components': one alone needs as many times the need.
  const double need = rules.leaves / rules.alpha * static_cast<double>(components.size());
  std::vector<Estimate> estimates;
  for (const Component& component : components) {
    estimates.push_back(EstimateComponent(claim, component, need, 1 / rules.beta, blocks));
    estimates.back().confidence = 1 - rules.alpha / rules.leaves - rules.beta;
  }
  return estimates;
}

Estimate WholeEstimate(const Claim& claim, const Rules& rules,
                       std::span<const Estimate> components) {
  Estimate whole = components.front();
  if (claim.form == Form::kBetween) {
    whole.high = components.back().high;
    whole.confidence = 1 - 2 * rules.beta;
  }
  return whole;
}

Estimate EstimateQuantile(const Claim& claim, const Rules& rules,
                          std::span<const BlockValue> blocks) {
  return WholeEstimate(claim, rules, EstimateComponents(claim, rules, blocks));
}

}  // namespace falsify::criteria
