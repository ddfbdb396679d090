#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "criteria/criterion.h"
#include "harness/record.h"
#include "harness/study/measures.h"
#include "harness/study/study.h"

namespace falsify::harness {

/// What one trial says of one measure: a point, a bound (timeout, memory kill), or nothing.
struct Sample {
  criteria::Interval value;
  bool failed = false;   ///< crash, refusal, or a kill that says nothing of this measure
  bool missing = false;  ///< the trial ended well and yet has no such measure
};

/// statistics, section 1: timeouts and memory kills are intervals, failures say nothing. `work`: of
/// a rate, the bytes or tokens that a finished trial gets through.
Sample SampleOf(const TrialRecord& trial, const MeasureEntry& measure, std::uint64_t work);

}  // namespace falsify::harness
