#include "criteria/criterion.h"

#include <cmath>
#include <cstddef>
#include <limits>

#include "criteria/decision.h"
#include "criteria/e_value.h"
#include "criteria/estimate.h"
#include "criteria/plan.h"
#include "criteria/severity.h"
#include "criteria/streams.h"

namespace falsify::criteria {
namespace {

double OrIfUndefined(double quotient, double fallback) {
  return std::isnan(quotient) ? fallback : quotient;
}

std::vector<int> ViolatingBlocks(const Claim& claim, std::span<const BlockValue> blocks) {
  std::vector<int> violating;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (IsSetAside(claim, blocks[i])) continue;
    if (SurelyViolates(TurnedValue(claim, blocks[i]), TurnedThreshold(claim))) {
      violating.push_back(static_cast<int>(i));
    }
  }
  return violating;
}

Judgement Describe(const Claim& claim, const Rules& rules, std::span<const BlockValue> used,
                   const Counts& counts, const Decision& decision) {
  const double p0 = AllowedShare(claim);
  Judgement judgement;
  judgement.stop = decision.stop;
  judgement.verdict = decision.verdict;
  judgement.blocks = counts.blocks;
  judgement.set_aside = counts.set_aside;
  judgement.failed = counts.failed;
  judgement.falsify = FalsifyStream(counts.falsify, p0, rules);
  judgement.corroborate = CorroborateStream(counts.corroborate, p0, rules);
  judgement.estimate = EstimateQuantile(claim, rules, used);
  judgement.p_upper = UpperViolationShare(counts.corroborate.n, counts.corroborate.violations,
                                          judgement.corroborate.need);
  judgement.severity = Severity(decision.verdict, judgement.falsify, judgement.corroborate);
  judgement.severity_table = SeverityTable(claim, rules, decision.verdict, used);
  judgement.violating_blocks = ViolatingBlocks(claim, used);
  if (decision.verdict == Verdict::kInconclusive) {
    judgement.blocks_still_needed = BlocksStillNeeded(judgement.falsify, judgement.corroborate, p0);
  }
  return judgement;
}

}  // namespace

Interval Ratio(const Interval& a, const Interval& b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a.lo < 0 || b.lo < 0) return {-kInfinity, kInfinity};
  return {OrIfUndefined(a.lo / b.hi, 0), OrIfUndefined(a.hi / b.lo, kInfinity)};
}

Judgement Judge(const Claim& claim, const Rules& rules, std::span<const BlockValue> blocks,
                Time time) {
  const double p0 = AllowedShare(claim);
  Counts counts;
  Decision decision;
  std::size_t used = 0;
  while (used < blocks.size() && decision.stop == Stop::kUndecided) {
    counts.Add(claim, blocks[used++]);
    decision = Decide(counts, p0, rules, Time::kLeft);
  }
  if (decision.stop == Stop::kUndecided && time == Time::kOut) {
    decision = Decide(counts, p0, rules, Time::kOut);
  }
  return Describe(claim, rules, blocks.first(used), counts, decision);
}

}  // namespace falsify::criteria
