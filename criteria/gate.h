#pragma once

#include <span>

#include "criteria/criterion.h"

namespace falsify::criteria {

/// Has a build become worse than its baseline? Told from two stored records, without running
/// anything. What one machine did at two times is compared, so that times and rates leave room for
/// the drift in between; interleaved runs (a ratio of two subjects) need none of this.

enum class Better { kLower, kHigher };
enum class SameHost { kNo, kYes };  ///< CPU, cores, kernel, memory and file system agree

struct GateRules {
  double alpha = 0.05;
  double margin = 1.10;  ///< how many times worse is still accepted
  Better better = Better::kLower;
  bool noise_sensitive = false;  ///< a time or a rate
  double quantile = 0.5;
};

/// Margins unless `--margin` says otherwise.
inline constexpr double kTimeMargin = 1.10;
inline constexpr double kMemoryMargin = 1.05;
inline constexpr double kCountMargin = 1 + 1e-9;  ///< bytes read, faults: any growth counts

/// How much one host's times and rates may drift between two records.
inline constexpr double kHostDrift = 1.25;

/// What stored blocks say of the quantile, either bound wrong with probability at most alpha / 2.
Estimate GateEstimate(const GateRules& rules, std::span<const BlockValue> blocks);

/// FALSIFIED: worse by the margin and more than drift explains; PASS: surely not; INCONCLUSIVE:
/// only an interleaved run could tell; INVALID: times or rates of different hosts. Bounds that are
/// absent decide nothing. Values are not negative.
Verdict Gate(const GateRules& rules, SameHost same_host, const Estimate& baseline,
             const Estimate& candidate);

}  // namespace falsify::criteria
