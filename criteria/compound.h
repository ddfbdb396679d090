#pragma once

#include <optional>
#include <span>

#include "criteria/verdict.h"

namespace falsify::criteria {

/// What a hypothesis, or several together, came to. Evidence is absent where there is none to be
/// had: corroborating an invariant, or of an ERROR.
struct Conclusion {
  Verdict verdict = Verdict::kInconclusive;
  std::optional<double> e_falsify;
  std::optional<double> e_corroborate;

  friend bool operator==(const Conclusion&, const Conclusion&) = default;
};

/// `all_of`: FALSIFIED if any member is, since one counter-example suffices whatever else went
/// wrong, then ERROR, INVALID, INCONCLUSIVE, PASS. Against it speaks the mean of its members'
/// evidence, for it the least; absent if any member's is. No members: INVALID, nothing was tested.
Conclusion AllOf(std::span<const Conclusion> members);

}  // namespace falsify::criteria
