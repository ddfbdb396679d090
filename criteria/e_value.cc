#include "criteria/e_value.h"

#include <algorithm>
#include <cmath>

namespace falsify::criteria {
namespace {

constexpr double kMostWealth = 1e300;

/// The evenly spread half, J(n, i) for i = 0, 1, .. n, from one i to the next: every term is
/// positive, so nothing cancels.
class SpreadStake {
 public:
  SpreadStake(int n, double p0) : n_(n), odds_((1 - p0) / p0), wealth_(1.0 / (n + 1)) {}

  void AddViolation() {
    ++k_;
    wealth_ = std::min(kMostWealth, (k_ * odds_ * wealth_ + 1) / (n_ - k_ + 1));
  }
  double wealth() const { return wealth_; }

 private:
  int n_;
  int k_ = 0;
  double odds_;
  double wealth_;
};

double Together(int n, int k, double p0, const SpreadStake& spread) {
  const double all_in = k == n ? std::pow(p0, -n) : 0;
  return std::min(kMostWealth, 0.5 * all_in + 0.5 * spread.wealth());
}

}  // namespace

double EValue(int n, int k, double p0) {
  SpreadStake spread(n, p0);
  for (int i = 0; i < k; ++i) spread.AddViolation();
  return Together(n, k, p0, spread);
}

bool Reaches(double e, double need) { return e >= need * (1 - 1e-9); }

std::optional<int> FewestViolationsToFalsify(int n, double p0, double need) {
  SpreadStake spread(n, p0);
  for (int k = 0; k < n; ++k) {
    if (Reaches(Together(n, k, p0, spread), need)) return k;
    spread.AddViolation();
  }
  if (Reaches(Together(n, n, p0, spread), need)) return n;
  return std::nullopt;
}

std::optional<int> MostViolationsToPass(int n, double p0, double need) {
  const std::optional<int> fewest_kept = FewestViolationsToFalsify(n, 1 - p0, need);
  if (!fewest_kept) return std::nullopt;
  return n - *fewest_kept;
}

double UpperViolationShare(int n, int k, double need) {
  if (k >= n) return 1;
  double too_low = static_cast<double>(k) / n;
  double enough = 1;
  while (enough - too_low > 1e-12) {
    const double middle = too_low + (enough - too_low) / 2;
    (Reaches(EValue(n, n - k, 1 - middle), need) ? enough : too_low) = middle;
  }
  return enough;
}

}  // namespace falsify::criteria
