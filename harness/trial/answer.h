#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

inline constexpr std::size_t kAnswerBytes = 1 << 20;  ///< longest answer, and longest spec
inline constexpr int kAnswerDepth = 16;               ///< deepest nesting of either

/// What a worker hands back: its observation, and proof that it answers this trial.
struct Answer {
  Observation observation;
  double main_entered =
      0;  ///< CLOCK_MONOTONIC in seconds, at the worker's first instruction of main
};

std::string WriteAnswerText(const TrialSpec& spec, const Answer& answer);

/// Only a complete answer to `spec` counts. Errors: those of ParseBounded, OBSERVATION_FIELD,
/// TRIAL_STALE (another trial's number or nonce).
Result<Answer> ReadAnswerText(const TrialSpec& spec, std::string_view text);

}  // namespace falsify::harness
