#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "criteria/criterion.h"

namespace falsify::criteria {

/// Was the host itself slow? Told from probes: small fixed tasks timed around every block, so that
/// noise is judged by something other than the values it would excuse.

/// A block (or the wait before it) whose slow-down exceeds this is disturbed.
inline constexpr double kDisturbed = 1.25;

/// What this host does when undisturbed: the ceil(count / 10)-th smallest of all probes of one kind
/// so far, in their unit. Absent if there are none.
std::optional<double> ReferenceProbe(std::span<const double> probes);

/// One probe beside a block, and the reference of its kind in the same unit; both positive.
struct Probe {
  double taken = 0;
  double reference = 0;
};

/// Largest taken / reference of a block's probes: every kind, before and after. Absent without
/// probes, which means "host noise not checked", not "undisturbed".
std::optional<double> SlowDown(std::span<const Probe> probes);

using Seconds = std::chrono::duration<double>;

/// How long the run's probes must span before `judgement` may stand: a FALSIFIED time or rate no
/// clearer than twofold could be one long slow spell of the host, which only more probes can show.
/// max(watch, 3 x the time of its blocks); 0 if clearer, any other verdict or measure, or no watch.
Seconds ProbeSpanNeeded(const Claim& claim, const Judgement& judgement, Seconds watch,
                        Seconds blocks);

}  // namespace falsify::criteria
