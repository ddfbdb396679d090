#pragma once

#include <cstdint>
#include <vector>

#include "harness/experiment.h"
#include "harness/record.h"
#include "harness/study/study.h"
#include "harness/trial_step.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Trials without a claim: what `compare` describes subjects with.
struct SurveyPlan {
  std::vector<TrialKey> keys;  ///< of subjects of the study; not empty
  int blocks = 10;             ///< trials of each key, a burn-in of warm ones not counted
  std::uint64_t seed = 0;
};

/// Runs every key `blocks` times, block by block in random order, and summarises. A subject that
/// cannot be run has no trials; the record's warnings say why. Blocks that a slow host disturbed
/// stay in, and are counted in a warning: a survey decides nothing.
/// Errors: as RunStudy.
Result<Record> RunSurvey(const Study& study, const SurveyPlan& plan, RunContext context);

}  // namespace falsify::harness
