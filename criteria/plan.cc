#include "criteria/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

}  // namespace

int FewestBlocksToPass(const Claim& claim, double beta, int min_blocks, int violations) {
  const double kept_share = 1 - AllowedShare(claim);
  return LeastBlocks(std::max({1, min_blocks, violations}), [&](int n) {
    return Reaches(EValue(n, n - violations, kept_share), 1 / beta);
  });
}

int FewestBlocksToFalsify(const Claim& claim, double alpha, int leaves, int min_blocks) {
  const double p0 = AllowedShare(claim);
  return LeastBlocks(std::max(1, min_blocks),
                     [&](int n) { return Reaches(EValue(n, n, p0), leaves / alpha); });
}

std::optional<int> BlocksStillNeeded(const Stream& falsify, const Stream& corroborate, double p0) {
  const bool heads_for_pass = corroborate.n > 0 && Share(corroborate) < p0;
  const bool heads_for_falsified = falsify.n > 0 && Share(falsify) > p0;
  if (!heads_for_pass && !heads_for_falsified) return std::nullopt;
  const Stream& leader = heads_for_pass ? corroborate : falsify;
  const double blocks = std::ceil((std::log(leader.need) + 2) / Divergence(Share(leader), p0));
  if (!(blocks < std::numeric_limits<int>::max())) return std::nullopt;
  return static_cast<int>(blocks);
}

}  // namespace falsify::criteria
