#pragma once

#include <cstdint>
#include <string>

#include "harness/record.h"
#include "harness/samples.h"
#include "harness/study/measures.h"

namespace falsify::harness {

/// What an invariant is held against.
struct Expected {
  std::string payload_digest = {};  ///< of the model's own bytes, or of the other subject's trial
  std::string first_token = {};     ///< of the reference, or of the other subject's trial
  std::uint64_t alignment = 0;      ///< of "aligned"
};

/// Growth per cycle from which on a soak leaks. Less than a page is nothing.
inline constexpr double kLeakBytesPerCycle = 4096;
inline constexpr double kLeakDescriptorsPerCycle = 0.5;

/// Whether the invariant `measure` held in one trial: 1 or 0. A trial that did not get there says
/// nothing, [0, 1], if it was stopped, and failed if it crashed or refused; a load that gave up
/// because its bytes came out wrong is a 0 of same_payload.
Sample HoldsIn(const TrialRecord& trial, const MeasureEntry& measure, const Expected& expected);

/// What the trial shows against the invariant, in words; empty where it holds.
std::string WhyItDoesNotHold(const TrialRecord& trial, const MeasureEntry& measure,
                             const Expected& expected);

}  // namespace falsify::harness
