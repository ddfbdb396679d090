#pragma once

#include <optional>

namespace falsify::criteria {

/// Wealth of a gambler who started with 1, bets that violations are more frequent than `p0`, and
/// saw `k` violations in `n` blocks. Half the stake is all-in on "always", half is spread evenly
/// over the rates in (p0, 1]. While no block violates with a probability above p0 given those
/// before it, the wealth ever reaches 1/a with probability at most a (Ville), whenever one stops to
/// look. 0 <= k <= n, p0 in [0, 1]. 1 at n = 0 and, if all violate, at p0 = 1; never more than
/// 1e300, which is what one violation proves at p0 = 0; grows with k. About O(sqrt(n)) where k / n
/// is near p0, O(k) at most.
double EValue(int n, int k, double p0);

/// Whether evidence `e` meets `need`; forgives rounding (1e-9 of `need`). Every comparison of
/// evidence goes through here, so that interval and verdict cannot disagree.
bool Reaches(double e, double need);

/// Fewest violations among `n` blocks that falsify "at most a share `p0` violates" at `need`;
/// absent if even `n` are too few.
std::optional<int> FewestViolationsToFalsify(int n, double p0, double need);

/// Most violations among `n` blocks that still corroborate "at most a share `p0` violates" at
/// `need`; absent if not even 0 do.
std::optional<int> MostViolationsToPass(int n, double p0, double need);

/// Least share of violations that `k` in `n` blocks corroborate at `need`, in [k/n, 1], to 1e-12;
/// 1 if all violate or n = 0.
double UpperViolationShare(int n, int k, double need);

}  // namespace falsify::criteria
