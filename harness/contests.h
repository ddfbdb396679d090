#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/experiment.h"
#include "harness/hypothesis_run.h"
#include "harness/study/study.h"
#include "harness/subjects.h"
#include "loaders/error.h"

namespace falsify::harness {

/// One hypothesis with the control that has to be falsified in its place.
struct Contest {
  const Hypothesis* hypothesis = nullptr;
  std::unique_ptr<HypothesisRun> run;
  Hypothesis control_hypothesis;           ///< the same criterion, the control as its subject
  std::unique_ptr<HypothesisRun> control;  ///< null until one is needed, unless it is named
  std::string no_control;                  ///< why none could be made
};

/// Those of these ids, members of compounds with them; all if none is named. In the study's order.
/// Errors: RUN_ONLY.
Result<std::vector<const Hypothesis*>> SelectHypotheses(const Study& study,
                                                        const std::vector<std::string>& only);

/// Prepares whoever takes part in a run's hypotheses, once each, at every size of a sweep.
class ContestMaker {
 public:
  /// `subjects`, by their names in the record, is filled; it and the rest outlive the contests.
  ContestMaker(const Study& study, const RunOptions& options, RunContext& context,
               std::map<std::string, PreparedSubject>& subjects)
      : study_(study),
        options_(options),
        context_(context),
        preparer_(study, context.resolve, context.steps, context.host, context.runner),
        subjects_(subjects) {}

  /// One for each hypothesis that is no compound. Errors: those of SubjectPreparer, and of the
  /// malformed files.
  Result<std::deque<Contest>> Make(const std::vector<const Hypothesis*>& selected);

 private:
  Result<const PreparedSubject*> Prepared(const std::string& name,
                                          const std::optional<ModelSize>& size);
  Result<Contestants> ContestantsOf(const Hypothesis& hypothesis, const std::string& subject);

  const Study& study_;
  const RunOptions& options_;
  RunContext& context_;
  SubjectPreparer preparer_;
  std::map<std::string, PreparedSubject>& subjects_;
};

}  // namespace falsify::harness
