#pragma once

#include <span>
#include <vector>

#include "criteria/order.h"

namespace falsify::criteria {

/// How much to add to a subject so that it violates its claim: a control made of the subject
/// itself, to prove that the test would have caught it. All amounts are those of statistics,
/// section 8; none is negative, and 0 means that the subject is there already.

/// By how much a sabotaged subject exceeds its threshold, unless the study says otherwise.
inline constexpr double kSabotageFactor = 1.5;

/// `below` (delay in seconds, ballast in bytes) and leaks (ballast per cycle): from `estimate` to
/// `factor` times the threshold, all in one unit.
double ToExceed(double threshold, double factor, double estimate);

/// `below` a ratio, of two subjects or to a number of bytes: what the numerator lacks.
double ToExceedRatio(double threshold, double factor, double numerator, double denominator);

/// `above` a rate: delay in seconds over `work` (bytes, tokens) that slows it from `estimate` > 0
/// to the threshold / `factor`, in units of work per second.
double ToFallShort(double threshold, double factor, double estimate, double work);

/// `order`: what to add at each size so that the values grow as f(n) n^(tolerance + 0.5) from the
/// first on. `typical[j]` was measured at `sizes[j]`, which CheckSizes accepts.
std::vector<double> ToOutgrow(const Order& order, double tolerance, std::span<const double> sizes,
                              std::span<const double> typical);

}  // namespace falsify::criteria
