#pragma once

#include <vector>

#include "criteria/criterion.h"

namespace falsify::criteria {

enum class Part { kX, kTop };

/// One yes/no question that a claim asks of every block. The claim holds if all its components do.
struct Component {
  Side side = Side::kBelow;
  Part part = Part::kX;
  double threshold = 0;
  double p0 = 0.5;  ///< share of violating blocks it allows: 1 - q for `below`
};

/// One component; of kBetween: above, below; of kOrder: x, top.
std::vector<Component> ComponentsOf(const Claim& claim);

/// What is known of a block's value: nothing, (-inf, inf), if it failed or is NaN.
Interval Known(const BlockValue& block, Part part);

/// The known value and the threshold, turned so that larger is always worse: mirrored (x -> -x) for
/// `above`.
Interval TurnedValue(const Component& component, const BlockValue& block);
double TurnedThreshold(const Component& component);

/// What cannot be known helps neither verdict: the first is what falsifies, the absence of the
/// second what corroborates. Equality violates.
bool SurelyViolates(const Component& component, const BlockValue& block);
bool MayViolate(const Component& component, const BlockValue& block);

/// A disturbed block of a noise-sensitive claim leaves the falsifying stream, and the corroborating
/// one too unless noise can only hurt the claim.
bool IsSetAside(const Claim& claim, const BlockValue& block);
bool CountsForCorroboration(const Claim& claim, const BlockValue& block);

/// Yes and no answers so far.
struct Tally {
  int n = 0;
  int violations = 0;

  void Add(bool violates);
};

/// The two streams read from one sequence.
struct Tallies {
  Tally falsify;
  Tally corroborate;
};

struct ComponentCounts {
  double p0 = 0.5;
  Tallies seen;
};

/// All that a decision depends on.
struct Counts {
  int blocks = 0;
  int set_aside = 0;
  int failed = 0;
  Tallies any;  ///< blocks that violate some component
  std::vector<ComponentCounts> components;
};

/// "Always": no share of violations is allowed, so that one is enough.
bool IsInvariant(const Counts& counts);

/// Counts the blocks of one claim in the order they ran.
class Counter {
 public:
  explicit Counter(const Claim& claim);

  void Add(const BlockValue& block);
  const Counts& counts() const { return counts_; }

 private:
  void AddToFalsify(const BlockValue& block);
  void AddToCorroborate(const BlockValue& block);

  Claim claim_;
  std::vector<Component> components_;
  Counts counts_;
};

}  // namespace falsify::criteria
