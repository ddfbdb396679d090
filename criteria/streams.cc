#include "criteria/streams.h"

#include <cmath>
#include <limits>

namespace falsify::criteria {
namespace {

void Count(Tally& tally, bool violates) {
  ++tally.n;
  if (violates) ++tally.violations;
}

}  // namespace

double AllowedShare(const Claim& claim) {
  return claim.side == Side::kBelow ? 1 - claim.quantile : claim.quantile;
}

Interval Known(const BlockValue& block) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (block.failed || std::isnan(block.x.lo) || std::isnan(block.x.hi)) {
    return {-kInfinity, kInfinity};
  }
  return block.x;
}

Interval TurnedValue(const Claim& claim, const BlockValue& block) {
  const Interval known = Known(block);
  if (claim.side == Side::kBelow) return known;
  return {-known.hi, -known.lo};
}

double TurnedThreshold(const Claim& claim) {
  return claim.side == Side::kBelow ? claim.threshold : -claim.threshold;
}

bool SurelyViolates(const Interval& turned, double turned_threshold) {
  return turned.lo >= turned_threshold;
}

bool MayViolate(const Interval& turned, double turned_threshold) {
  return turned.hi >= turned_threshold;
}

bool IsSetAside(const Claim& claim, const BlockValue& block) {
  return claim.noise_sensitive && block.disturbed;
}

bool CountsForCorroboration(const Claim& claim, const BlockValue& block) {
  return claim.noise_only_hurts || !IsSetAside(claim, block);
}

void Counts::Add(const Claim& claim, const BlockValue& block) {
  const Interval turned = TurnedValue(claim, block);
  const double threshold = TurnedThreshold(claim);
  ++blocks;
  if (block.failed) ++failed;
  if (IsSetAside(claim, block)) {
    ++set_aside;
  } else {
    Count(falsify, SurelyViolates(turned, threshold));
  }
  if (CountsForCorroboration(claim, block)) Count(corroborate, MayViolate(turned, threshold));
}

}  // namespace falsify::criteria
