#include "criteria/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "criteria/decision.h"
#include "criteria/e_value.h"
#include "criteria/streams.h"

namespace falsify::criteria {
namespace {

constexpr int kMostBlocks = 1 << 20;

/// Least n >= `from` for which `reaches(n)`, which once true stays true; INT_MAX beyond
/// kMostBlocks.
template <class Predicate>
int LeastBlocks(int from, Predicate reaches) {
  int too_few = from - 1;
  int enough = from;
  while (!reaches(enough)) {
    if (enough >= kMostBlocks) return std::numeric_limits<int>::max();
    too_few = enough;
    enough = std::min(2 * enough, kMostBlocks);
  }
  while (enough - too_few > 1) {
    const int middle = too_few + (enough - too_few) / 2;
    (reaches(middle) ? enough : too_few) = middle;
  }
  return enough;
}

/// Bernoulli divergence in nats; 0 ln 0 = 0. Rounding must not make it negative.
double Divergence(double p, double p0) {
  const auto term = [](double a, double b) { return a > 0 ? a * std::log(a / b) : 0; };
  return std::max(0.0, term(p, p0) + term(1 - p, 1 - p0));
}

double Share(const Stream& stream) { return static_cast<double>(stream.violations) / stream.n; }

/// Absent if the share points elsewhere.
std::optional<int> BlocksToReach(const Stream& stream, double p0) {
  const double blocks = std::ceil((std::log(stream.need) + 2) / Divergence(Share(stream), p0));
  if (!(blocks < std::numeric_limits<int>::max())) return std::nullopt;
  return static_cast<int>(blocks);
}

std::optional<int> BlocksToPass(const Stream& corroborate, double p0) {
  if (corroborate.n == 0 || Share(corroborate) >= p0) return std::nullopt;
  return BlocksToReach(corroborate, p0);
}

std::optional<int> BlocksToFalsify(const Stream& falsify, double p0) {
  if (falsify.n == 0 || Share(falsify) <= p0) return std::nullopt;
  return BlocksToReach(falsify, p0);
}

/// The most that n blocks can say against the claim. A value cannot lie on both sides of `between`.
double MostAgainst(const Claim& claim, int n) {
  const std::vector<Component> components = ComponentsOf(claim);
  double none = 0;
  double all = 0;
  double most_of_one = 0;
  for (const Component& component : components) {
    const double if_kept = EValue(n, 0, component.p0);
    const double if_violated = EValue(n, n, component.p0);
    none += if_kept;
    all += if_violated;
    most_of_one = std::max(most_of_one, if_violated - if_kept);
  }
  const double sum = claim.form == Form::kBetween ? none + most_of_one : all;
  return sum / static_cast<double>(components.size());
}

}  // namespace

int FewestBlocksToPass(const Claim& claim, double beta, int min_blocks, int violations) {
  if (claim.form == Form::kHolds) {
    return violations == 0 ? std::max(1, min_blocks) : std::numeric_limits<int>::max();
  }
  const std::vector<Component> components = ComponentsOf(claim);
  return LeastBlocks(std::max({1, min_blocks, violations}), [&](int n) {
    return std::all_of(components.begin(), components.end(), [&](const Component& component) {
      return Reaches(EValue(n, n - violations, 1 - component.p0), 1 / beta);
    });
  });
}

int FewestBlocksToFalsify(const Claim& claim, double alpha, int leaves, int min_blocks) {
  if (claim.form == Form::kHolds) return 1;
  return LeastBlocks(std::max(1, min_blocks),
                     [&](int n) { return Reaches(MostAgainst(claim, n), leaves / alpha); });
}

std::optional<int> BlocksStillNeeded(const Stream& falsify, const Stream& corroborate, double p0) {
  const std::optional<int> to_pass = BlocksToPass(corroborate, p0);
  return to_pass ? to_pass : BlocksToFalsify(falsify, p0);
}

std::optional<int> BlocksStillNeeded(const Counts& counts, const Rules& rules) {
  if (IsInvariant(counts)) {
    if (counts.any.corroborate.violations > 0) return std::nullopt;
    return rules.min_blocks;
  }
  std::optional<int> until_all_pass = 0;
  std::optional<int> until_one_fails;
  for (const ComponentCounts& component : counts.components) {
    Stream falsify = FalsifyStream(component.seen.falsify, component.p0, rules);
    falsify.need *= static_cast<double>(counts.components.size());
    const Stream corroborate = CorroborateStream(component.seen.corroborate, component.p0, rules);
    const std::optional<int> to_pass = BlocksToPass(corroborate, component.p0);
    const std::optional<int> to_fail = BlocksToFalsify(falsify, component.p0);
    until_all_pass = until_all_pass && to_pass ? std::max(until_all_pass, to_pass) : std::nullopt;
    if (to_fail) until_one_fails = std::min(until_one_fails.value_or(*to_fail), *to_fail);
  }
  return until_all_pass ? until_all_pass : until_one_fails;
}

}  // namespace falsify::criteria
