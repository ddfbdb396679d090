#include "criteria/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "criteria/decision.h"
#include "criteria/streams.h"

namespace falsify::criteria {
namespace {

/// Undisturbed blocks of plain values.
Counts CountsAt(int n, int k, double p0) {
  const Tallies seen = {.falsify = {n, k}, .corroborate = {n, k}};
  return {.blocks = n, .any = seen, .components = {{.p0 = p0, .seen = seen}}};
}

void Settle(Verdict verdict, int n, double share, Rates& rates) {
  rates.mean_blocks += share * n;
  if (verdict == Verdict::kPass) rates.pass += share;
  if (verdict == Verdict::kFalsified) rates.falsified += share;
}

}  // namespace

Rates WalkLattice(double p0, const Rules& rules, double p) {
  Rates rates;
  std::vector<double> undecided = {1};  // share of studies with k violations in n blocks
  for (int n = 1; n <= rules.max_blocks; ++n) {
    std::vector<double> next(undecided.size() + 1);
    for (std::size_t k = 0; k < undecided.size(); ++k) {
      next[k] += (1 - p) * undecided[k];
      next[k + 1] += p * undecided[k];
    }
    undecided = std::move(next);
    for (std::size_t k = 0; k < undecided.size(); ++k) {
      if (undecided[k] == 0) continue;
      const Decision decision = Decide(CountsAt(n, static_cast<int>(k), p0), rules, Time::kLeft);
      if (decision.stop == Stop::kUndecided) continue;
      Settle(decision.verdict, n, undecided[k], rates);
      undecided[k] = 0;
    }
  }
  return rates;
}

Decider JudgedBy(const Claim& claim, const Rules& rules) {
  return [claim, rules](std::span<const BlockValue> blocks) {
    const Judgement judgement = Judge(claim, rules, blocks);
    return Outcome{judgement.verdict, judgement.blocks};
  };
}

Rates Simulate(int studies, int most_blocks, const std::function<BlockValue()>& draw,
               const Decider& decide) {
  Rates rates;
  std::vector<BlockValue> blocks(static_cast<std::size_t>(most_blocks));
  for (int study = 0; study < studies; ++study) {
    std::generate(blocks.begin(), blocks.end(), draw);
    const Outcome outcome = decide(blocks);
    Settle(outcome.verdict, outcome.blocks, 1.0 / studies, rates);
  }
  return rates;
}

double MostFalseRate(double alpha, int studies) {
  return alpha + 3 * std::sqrt(alpha * (1 - alpha) / studies);
}

}  // namespace falsify::criteria
