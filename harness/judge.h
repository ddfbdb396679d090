#pragma once

#include <string>

#include "harness/record.h"
#include "harness/study/study.h"
#include "loaders/error.h"

namespace falsify::harness {

/// What a study says of the observations of a run that is over.
struct JudgedAgain {
  Record record;
  std::string missing;  ///< what the record did not have and the study needs, one line; else empty
};

/// Runs `study` on the trials, probes and proofs of `observed`, in the order of its seed, as if
/// they were taken now; the hypotheses are those of the record. Touches no file and starts no
/// process. Errors: JUDGE_MODEL (a model that the record knows nothing of), those of RunStudy.
Result<JudgedAgain> JudgeAgain(const Study& study, const Record& observed);

}  // namespace falsify::harness
