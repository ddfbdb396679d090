#include "criteria/criterion.h"

#include <algorithm>
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

std::vector<int> ViolatingBlocks(const Claim& claim, std::span<const Component> components,
                                 std::span<const BlockValue> blocks) {
  std::vector<int> violating;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (IsSetAside(claim, blocks[i])) continue;
    const auto violates = [&](const Component& one) { return SurelyViolates(one, blocks[i]); };
    if (std::any_of(components.begin(), components.end(), violates)) {
      violating.push_back(static_cast<int>(i));
    }
  }
  return violating;
}

ComponentJudgement DescribeComponent(const Component& component, const Tallies& seen,
                                     const Rules& rules) {
  ComponentJudgement judgement;
  judgement.side = component.side;
  judgement.threshold = component.threshold;
  judgement.falsify = FalsifyStream(seen.falsify, component.p0, rules);
  judgement.corroborate = CorroborateStream(seen.corroborate, component.p0, rules);
  judgement.p_upper = UpperViolationShare(seen.corroborate.n, seen.corroborate.violations,
                                          judgement.corroborate.need);
  return judgement;
}

void DescribeComponents(const Claim& claim, const Rules& rules, std::span<const BlockValue> used,
                        const Counts& counts, Judgement& judgement) {
  const std::vector<Component> components = ComponentsOf(claim);
  const std::vector<Estimate> estimates = EstimateComponents(claim, rules, used);
  judgement.p_upper = 0;
  for (std::size_t i = 0; i < components.size(); ++i) {
    judgement.components.push_back(
        DescribeComponent(components[i], counts.components[i].seen, rules));
    judgement.components.back().estimate = estimates[i];
    judgement.p_upper = std::max(judgement.p_upper, judgement.components.back().p_upper);
  }
  judgement.estimate = WholeEstimate(claim, rules, estimates);
  judgement.violating_blocks = ViolatingBlocks(claim, components, used);
}

Judgement Describe(const Claim& claim, const Rules& rules, std::span<const BlockValue> used,
                   const Counts& counts, const Decision& decision) {
  Judgement judgement;
  judgement.stop = decision.stop;
  judgement.verdict = decision.verdict;
  judgement.blocks = counts.blocks;
  judgement.set_aside = counts.set_aside;
  judgement.failed = counts.failed;
  judgement.falsify = FalsifyStream(counts, rules);
  judgement.corroborate = CorroborateStream(counts, rules);
  DescribeComponents(claim, rules, used, counts, judgement);
  if (claim.form != Form::kHolds) {
    judgement.severity = Severity(decision.verdict, judgement.falsify, judgement.corroborate);
  }
  judgement.severity_table = SeverityTable(claim, rules, decision.verdict, used);
  if (decision.verdict == Verdict::kInconclusive) {
    judgement.blocks_still_needed = BlocksStillNeeded(counts, rules);
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
  Counter counter(claim);
  Decision decision;
  std::size_t used = 0;
  while (used < blocks.size() && decision.stop == Stop::kUndecided) {
    counter.Add(blocks[used++]);
    decision = Decide(counter.counts(), rules, Time::kLeft);
  }
  if (decision.stop == Stop::kUndecided && time == Time::kOut) {
    decision = Decide(counter.counts(), rules, Time::kOut);
  }
  return Describe(claim, rules, blocks.first(used), counter.counts(), decision);
}

}  // namespace falsify::criteria
