#pragma once

#include <optional>
#include <string>
#include <vector>

#include "criteria/criterion.h"
#include "harness/noise_log.h"
#include "harness/record.h"
#include "harness/study/measures.h"
#include "harness/study/study.h"
#include "harness/subjects.h"
#include "harness/trial_step.h"

namespace falsify::harness {

/// One block of a hypothesis: its trials in the order of `Keys()`, and the probes around them.
struct Block {
  std::vector<std::size_t> trials;  ///< indices into the run's trials
  std::vector<std::size_t> probes;  ///< indices into the noise log
  double slowdown = 1;
};

/// A hypothesis (or its control) on the way to its verdict: which trials it needs, which it has
/// seen, what they say.
class HypothesisRun {
 public:
  /// `leaves` is m of the statistics: hypotheses declared in the study, or 1 for a control.
  HypothesisRun(const Hypothesis& hypothesis, const PreparedSubject& subject,
                const PreparedSubject* other, int leaves);

  /// What one block takes: the subject's trial, then that of the subject it is compared with.
  std::vector<TrialKey> Keys() const;

  /// Adds a block and judges; `undecided()` says whether more are needed.
  void Add(Block block, const std::vector<TrialRecord>& trials, criteria::Time time);

  /// Takes the slow-downs against the final host reference and judges anew (section 5.5).
  void JudgeAgain(const NoiseLog& noise, const std::vector<TrialRecord>& trials,
                  criteria::Time time);

  bool undecided() const;
  bool noise_sensitive() const { return claim_.noise_sensitive; }

  /// A reason beyond statistics why there can be no PASS or FALSIFIED; empty if none.
  const std::string& invalid() const { return invalid_; }
  const std::string& error() const { return error_; }

  const Hypothesis& hypothesis() const { return hypothesis_; }
  const MeasureEntry& measure() const { return measure_; }
  const criteria::Claim& claim() const { return claim_; }
  const criteria::Rules& rules() const { return rules_; }
  const criteria::Judgement& judgement() const { return judgement_; }
  const std::vector<Block>& blocks() const { return blocks_; }

  bool comparing() const { return other_ != nullptr; }
  bool models_match() const;  ///< both sides hold the same payload; precondition: comparing()

  /// Vectors that one side stores wider than the other, one line each. Precondition: comparing().
  std::vector<std::string> StoredWider() const;

  /// One value per block so far, as the criterion sees it.
  std::vector<criteria::BlockValue> Values(const std::vector<TrialRecord>& trials) const;

 private:
  criteria::BlockValue ValueOf(const Block& block, const std::vector<TrialRecord>& trials) const;
  void CheckBefore();
  void CheckTrials(const Block& block, const std::vector<TrialRecord>& trials);

  const Hypothesis& hypothesis_;
  const MeasureEntry& measure_;
  const PreparedSubject& subject_;
  const PreparedSubject* other_;
  criteria::Claim claim_;
  criteria::Rules rules_;
  std::vector<Block> blocks_;
  criteria::Judgement judgement_;
  std::string invalid_;
  std::string error_;
};

}  // namespace falsify::harness
