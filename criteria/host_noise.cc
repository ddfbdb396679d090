#include "criteria/host_noise.h"

#include <algorithm>
#include <vector>

namespace falsify::criteria {
namespace {

bool IsClearerThanTwofold(const ComponentJudgement& component) {
  const Estimate& estimate = component.estimate;
  if (component.side == Side::kBelow)
    return estimate.low && *estimate.low >= 2 * component.threshold;
  return estimate.high && *estimate.high <= component.threshold / 2;
}

}  // namespace

std::optional<double> ReferenceProbe(std::span<const double> probes) {
  if (probes.empty()) return std::nullopt;
  std::vector<double> sorted(probes.begin(), probes.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted[(sorted.size() + 9) / 10 - 1];
}

std::optional<double> SlowDown(std::span<const Probe> probes) {
  std::optional<double> worst;
  for (const Probe& probe : probes) {
    worst = std::max(worst.value_or(0), probe.taken / probe.reference);
  }
  return worst;
}

Seconds ProbeSpanNeeded(const Claim& claim, const Judgement& judgement, Seconds watch,
                        Seconds blocks) {
  const bool may_be_noise =
      claim.noise_sensitive && judgement.verdict == Verdict::kFalsified &&
      std::none_of(judgement.components.begin(), judgement.components.end(), IsClearerThanTwofold);
  if (!may_be_noise || watch <= Seconds::zero()) return Seconds::zero();
  return std::max(watch, 3 * blocks);
}

}  // namespace falsify::criteria
