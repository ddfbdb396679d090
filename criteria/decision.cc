#include "criteria/decision.h"

#include <algorithm>
#include <limits>

#include "criteria/e_value.h"

namespace falsify::criteria {
namespace {

bool TooManyFailed(const Counts& counts) {
  return counts.failed > 2 && 10 * counts.failed > counts.blocks;
}

bool Decides(const Stream& stream, const Rules& rules) {
  return stream.n >= rules.min_blocks && Reaches(stream.e, stream.need);
}

bool IsFalsified(const Counts& counts, const Rules& rules) {
  if (IsInvariant(counts)) return counts.any.falsify.violations > 0;
  return Decides(FalsifyStream(counts, rules), rules);
}

bool IsCorroborated(const Counts& counts, const Rules& rules) {
  const Tally& seen = counts.any.corroborate;
  if (IsInvariant(counts)) return seen.n >= rules.min_blocks && seen.violations == 0;
  return Decides(CorroborateStream(counts, rules), rules);
}

/// Whether up to `left` > 0 more blocks that all speak for it suffice. Each adds to the evidence,
/// so usually few have to be looked at.
template <class EvidenceAfter>
bool IsWithinReach(int left, EvidenceAfter evidence_after) {
  const auto suffices = [&](int more) {
    const Stream stream = evidence_after(more);
    return Reaches(stream.e, stream.need);
  };
  for (int more = 1; more < left; more *= 2) {
    if (suffices(more)) return true;
  }
  return suffices(left);
}

Tally After(const Tally& now, int more, bool violating) {
  return {now.n + more, now.violations + (violating ? more : 0)};
}

/// The counts after `more` blocks all of whose components violate, or none.
Counts After(Counts counts, int more, bool violating) {
  for (ComponentCounts& component : counts.components) {
    component.seen.falsify = After(component.seen.falsify, more, violating);
    component.seen.corroborate = After(component.seen.corroborate, more, violating);
  }
  return counts;
}

bool IsHopeless(const Counts& counts, const Rules& rules) {
  const int left = rules.max_blocks - counts.blocks;
  const auto if_all_violate = [&](int more) {
    return FalsifyStream(After(counts, more, true), rules);
  };
  const auto if_none_violates = [&](int more) {
    return CorroborateStream(After(counts, more, false), rules);
  };
  return !IsWithinReach(left, if_all_violate) && !IsWithinReach(left, if_none_violates);
}

Stop WhyStop(const Counts& counts, const Rules& rules, Time time) {
  if (counts.blocks >= rules.max_blocks) return Stop::kMaxBlocks;
  if (time == Time::kOut) return Stop::kOutOfTime;
  return IsHopeless(counts, rules) ? Stop::kHopeless : Stop::kUndecided;
}

}  // namespace

Stream FalsifyStream(const Tally& tally, double p0, const Rules& rules) {
  return {.n = tally.n,
          .violations = tally.violations,
          .e = EValue(tally.n, tally.violations, p0),
          .need = rules.leaves / rules.alpha};
}

Stream CorroborateStream(const Tally& tally, double p0, const Rules& rules) {
  return {.n = tally.n,
          .violations = tally.violations,
          .e = EValue(tally.n, tally.n - tally.violations, 1 - p0),
          .need = 1 / rules.beta};
}

Stream FalsifyStream(const Counts& counts, const Rules& rules) {
  Stream whole = {.n = counts.any.falsify.n,
                  .violations = counts.any.falsify.violations,
                  .e = 0,
                  .need = rules.leaves / rules.alpha};
  for (const ComponentCounts& component : counts.components) {
    const double e = FalsifyStream(component.seen.falsify, component.p0, rules).e;
    whole.e += e / static_cast<double>(counts.components.size());
  }
  return whole;
}

Stream CorroborateStream(const Counts& counts, const Rules& rules) {
  Stream whole = {.n = counts.any.corroborate.n,
                  .violations = counts.any.corroborate.violations,
                  .e = std::numeric_limits<double>::infinity(),
                  .need = 1 / rules.beta};
  for (const ComponentCounts& component : counts.components) {
    whole.e =
        std::min(whole.e, CorroborateStream(component.seen.corroborate, component.p0, rules).e);
  }
  return whole;
}

Decision Decide(const Counts& counts, const Rules& rules, Time time) {
  if (TooManyFailed(counts)) return {Stop::kFailedTrials, Verdict::kError};
  if (IsFalsified(counts, rules)) return {Stop::kDecided, Verdict::kFalsified};
  if (IsCorroborated(counts, rules)) return {Stop::kDecided, Verdict::kPass};
  const Stop stop = WhyStop(counts, rules, time);
  const bool mostly_noise = 3 * counts.set_aside > counts.blocks;
  if (stop != Stop::kUndecided && mostly_noise) return {stop, Verdict::kInvalid};
  return {stop, Verdict::kInconclusive};
}

}  // namespace falsify::criteria
