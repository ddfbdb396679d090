#include "criteria/e_value.h"

#include <algorithm>
#include <cmath>

namespace falsify::criteria {
namespace {

constexpr double kMostWealth = 1e300;
constexpr double kNegligible = 1e-18;

/// The evenly spread half, J(n, k). Its recurrence J(n, i) = (i odds J(n, i - 1) + 1) / (n - i + 1)
/// written out is a sum that starts at i = k: every term is positive, so nothing cancels, and once
/// they fall they fall faster and faster, so that those below rounding can be left out.
double SpreadWealth(int n, int k, double p0) {
  const double odds = (1 - p0) / p0;
  double term = 1.0 / (n - k + 1);
  double sum = term;
  for (int i = k; i > 0 && term > kNegligible * sum; --i) {
    term *= i * odds / (n - i + 2);
    sum += term;
  }
  return sum;
}

}  // namespace

double EValue(int n, int k, double p0) {
  if (p0 == 0 && k > 0) return kMostWealth;
  const double all_in = k == n ? std::pow(p0, -n) : 0;
  return std::min(kMostWealth, 0.5 * all_in + 0.5 * SpreadWealth(n, k, p0));
}

bool Reaches(double e, double need) { return e >= need * (1 - 1e-9); }

std::optional<int> FewestViolationsToFalsify(int n, double p0, double need) {
  if (!Reaches(EValue(n, n, p0), need)) return std::nullopt;
  int too_few = -1;
  int enough = n;
  while (enough - too_few > 1) {
    const int middle = too_few + (enough - too_few) / 2;
    (Reaches(EValue(n, middle, p0), need) ? enough : too_few) = middle;
  }
  return enough;
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
