#include "criteria/decision.h"

#include "criteria/e_value.h"

namespace falsify::criteria {
namespace {

bool TooManyFailed(const Counts& counts) {
  return counts.failed > 2 && 10 * counts.failed > counts.blocks;
}

bool Decides(const Stream& stream, const Rules& rules) {
  return stream.n >= rules.min_blocks && Reaches(stream.e, stream.need);
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

bool IsHopeless(const Counts& counts, double p0, const Rules& rules) {
  const int left = rules.max_blocks - counts.blocks;
  const auto if_all_violate = [&](int more) {
    const Tally& now = counts.falsify;
    return FalsifyStream({now.n + more, now.violations + more}, p0, rules);
  };
  const auto if_none_violates = [&](int more) {
    const Tally& now = counts.corroborate;
    return CorroborateStream({now.n + more, now.violations}, p0, rules);
  };
  return !IsWithinReach(left, if_all_violate) && !IsWithinReach(left, if_none_violates);
}

Stop WhyStop(const Counts& counts, double p0, const Rules& rules, Time time) {
  if (counts.blocks >= rules.max_blocks) return Stop::kMaxBlocks;
  if (time == Time::kOut) return Stop::kOutOfTime;
  return IsHopeless(counts, p0, rules) ? Stop::kHopeless : Stop::kUndecided;
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

Decision Decide(const Counts& counts, double p0, const Rules& rules, Time time) {
  if (TooManyFailed(counts)) return {Stop::kFailedTrials, Verdict::kError};
  if (Decides(FalsifyStream(counts.falsify, p0, rules), rules)) {
    return {Stop::kDecided, Verdict::kFalsified};
  }
  if (Decides(CorroborateStream(counts.corroborate, p0, rules), rules)) {
    return {Stop::kDecided, Verdict::kPass};
  }
  const Stop stop = WhyStop(counts, p0, rules, time);
  const bool mostly_noise = 3 * counts.set_aside > counts.blocks;
  if (stop != Stop::kUndecided && mostly_noise) return {stop, Verdict::kInvalid};
  return {stop, Verdict::kInconclusive};
}

}  // namespace falsify::criteria
