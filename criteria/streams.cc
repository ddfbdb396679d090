#include "criteria/streams.h"

#include <cmath>
#include <cstddef>
#include <limits>

namespace falsify::criteria {

std::vector<Component> ComponentsOf(const Claim& claim) {
  const double q = claim.quantile;
  switch (claim.form) {
    case Form::kBelow:
      return {{Side::kBelow, Part::kX, claim.threshold, 1 - q}};
    case Form::kAbove:
      return {{Side::kAbove, Part::kX, claim.threshold, q}};
    case Form::kBetween:
      return {{Side::kAbove, Part::kX, claim.threshold, q},
              {Side::kBelow, Part::kX, claim.upper_threshold, 1 - q}};
    case Form::kOrder:
      return {{Side::kBelow, Part::kX, claim.threshold, 1 - q},
              {Side::kBelow, Part::kTop, claim.threshold, 1 - q}};
    case Form::kHolds:
      return {{Side::kAbove, Part::kX, 0.5, 0}};
  }
  return {};
}

Interval Known(const BlockValue& block, Part part) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Interval& value = part == Part::kX ? block.x : block.top;
  if (block.failed || std::isnan(value.lo) || std::isnan(value.hi)) return {-kInfinity, kInfinity};
  return value;
}

Interval TurnedValue(const Component& component, const BlockValue& block) {
  const Interval known = Known(block, component.part);
  if (component.side == Side::kBelow) return known;
  return {-known.hi, -known.lo};
}

double TurnedThreshold(const Component& component) {
  return component.side == Side::kBelow ? component.threshold : -component.threshold;
}

bool SurelyViolates(const Component& component, const BlockValue& block) {
  return TurnedValue(component, block).lo >= TurnedThreshold(component);
}

bool MayViolate(const Component& component, const BlockValue& block) {
  return TurnedValue(component, block).hi >= TurnedThreshold(component);
}

bool IsSetAside(const Claim& claim, const BlockValue& block) {
  return claim.noise_sensitive && block.disturbed;
}

bool CountsForCorroboration(const Claim& claim, const BlockValue& block) {
  return claim.noise_only_hurts || !IsSetAside(claim, block);
}

void Tally::Add(bool violates) {
  ++n;
  if (violates) ++violations;
}

bool IsInvariant(const Counts& counts) {
  return counts.components.size() == 1 && counts.components.front().p0 == 0;
}

Counter::Counter(const Claim& claim) : claim_(claim), components_(ComponentsOf(claim)) {
  for (const Component& component : components_) {
    counts_.components.push_back({.p0 = component.p0, .seen = {}});
  }
}

void Counter::Add(const BlockValue& block) {
  ++counts_.blocks;
  if (block.failed) ++counts_.failed;
  if (IsSetAside(claim_, block)) {
    ++counts_.set_aside;
  } else {
    AddToFalsify(block);
  }
  if (CountsForCorroboration(claim_, block)) AddToCorroborate(block);
}

void Counter::AddToFalsify(const BlockValue& block) {
  bool any = false;
  for (std::size_t i = 0; i < components_.size(); ++i) {
    const bool violates = SurelyViolates(components_[i], block);
    counts_.components[i].seen.falsify.Add(violates);
    any = any || violates;
  }
  counts_.any.falsify.Add(any);
}

void Counter::AddToCorroborate(const BlockValue& block) {
  bool any = false;
  for (std::size_t i = 0; i < components_.size(); ++i) {
    const bool violates = MayViolate(components_[i], block);
    counts_.components[i].seen.corroborate.Add(violates);
    any = any || violates;
  }
  counts_.any.corroborate.Add(any);
}

}  // namespace falsify::criteria
