#include "criteria/gate.h"

#include <optional>

#include "criteria/estimate.h"

namespace falsify::criteria {
namespace {

/// `more` >= factor * `less`; not if either is unknown, nor if both are nothing.
bool IsAtLeast(const std::optional<double>& more, double factor,
               const std::optional<double>& less) {
  return more && less && *more > 0 && *more >= factor * *less;
}

/// `less` < factor * `more`, or nothing at all; not if either is unknown.
bool IsLess(const std::optional<double>& less, double factor, const std::optional<double>& more) {
  return less && more && (*less == 0 || *less < factor * *more);
}

}  // namespace

Estimate GateEstimate(const GateRules& rules, std::span<const BlockValue> blocks) {
  Claim claim;
  claim.quantile = rules.quantile;
  claim.noise_sensitive = rules.noise_sensitive;
  return EstimateQuantile(claim, {.alpha = rules.alpha / 2, .beta = rules.alpha / 2}, blocks);
}

Verdict Gate(const GateRules& rules, SameHost same_host, const Estimate& baseline,
             const Estimate& candidate) {
  if (rules.noise_sensitive && same_host == SameHost::kNo) return Verdict::kInvalid;
  const double drift = rules.noise_sensitive ? kHostDrift : 1;
  const double surely_worse = rules.margin * drift;
  const double surely_not = rules.margin / drift;
  if (rules.better == Better::kLower) {
    if (IsAtLeast(candidate.low, surely_worse, baseline.high)) return Verdict::kFalsified;
    if (IsLess(candidate.high, surely_not, baseline.low)) return Verdict::kPass;
    return Verdict::kInconclusive;
  }
  if (IsAtLeast(baseline.low, surely_worse, candidate.high)) return Verdict::kFalsified;
  if (IsLess(baseline.high, surely_not, candidate.low)) return Verdict::kPass;
  return Verdict::kInconclusive;
}

}  // namespace falsify::criteria
