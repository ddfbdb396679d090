#pragma once

#include <optional>
#include <string>
#include <vector>

#include "criteria/compound.h"
#include "criteria/criterion.h"
#include "criteria/order.h"
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

/// Who takes part in a block. All outlive the run.
struct Contestants {
  std::vector<const PreparedSubject*> subjects;  ///< one, or one for each size of a sweep
  std::vector<const PreparedSubject*> others;    ///< what each is compared with; as many, or none
  std::vector<Sabotage> sabotages = {};  ///< put into the subjects' trials; as many, or none
  std::string reference_token = {};      ///< of same_first_token where nothing is compared
  double noise_floor_seconds = 0;        ///< see RunOptions
};

/// A deterministic measure, or a slope, judged beside an order; see CompanionsOf.
struct Companion {
  const MeasureEntry* measure = nullptr;  ///< null: the slope of the hypothesis's own measure
  criteria::Claim claim;
  criteria::Judgement judgement;
};

/// A hypothesis (or its control) on the way to its verdict: which trials it needs, which it has
/// seen, what they say.
class HypothesisRun {
 public:
  /// `leaves` is m of the statistics: hypotheses declared in the study, or 1 for a control.
  HypothesisRun(const Hypothesis& hypothesis, Contestants contestants, int leaves);

  /// What one block takes: the subject's trial, then that of the subject it is compared with; of a
  /// sweep, those of every size.
  std::vector<TrialKey> Keys() const;

  /// Adds a block and judges; `undecided()` says whether more are needed.
  void Add(Block block, const std::vector<TrialRecord>& trials, criteria::Time time);

  /// Takes the slow-downs against the final host reference and judges anew (section 5.5).
  void JudgeAgain(const NoiseLog& noise, const std::vector<TrialRecord>& trials,
                  criteria::Time time);

  bool undecided() const;
  bool noise_sensitive() const { return claim_.noise_sensitive; }

  /// What the blocks say, companions included: FALSIFIED if any part is.
  criteria::Conclusion conclusion() const;
  bool provisional_pass() const;

  /// A reason beyond statistics why there can be no PASS or FALSIFIED; empty if none.
  const std::string& invalid() const { return invalid_; }
  const std::string& error() const { return error_; }

  const Hypothesis& hypothesis() const { return hypothesis_; }
  const MeasureEntry& measure() const { return measure_; }
  const Contestants& contestants() const { return contestants_; }
  const criteria::Claim& claim() const { return claim_; }
  const criteria::Rules& rules() const { return rules_; }
  const criteria::Judgement& judgement() const { return judgement_; }
  const std::vector<Companion>& companions() const { return companions_; }
  const std::vector<Block>& blocks() const { return blocks_; }

  /// One point for each block, the last as it was judged last.
  const std::vector<EvidenceRow>& growth() const { return growth_; }

  /// Of a sweep, as doubles; empty otherwise.
  const std::vector<double>& sizes() const { return sizes_; }
  const criteria::Order& order() const { return order_; }

  bool comparing() const { return !contestants_.others.empty(); }
  bool models_match() const;  ///< both sides hold the same payload; precondition: comparing()

  /// Vectors that one side stores wider than the other, one line each. Precondition: comparing().
  std::vector<std::string> StoredWider() const;

  /// One value per block so far, as the criterion sees it.
  std::vector<criteria::BlockValue> Values(const std::vector<TrialRecord>& trials) const;

  /// Of a block, one value of `measure` for each size (or the only one), ratios where relative.
  struct BlockSamples {
    std::vector<criteria::Interval> values;
    bool failed = false;
  };
  BlockSamples SamplesOf(const Block& block, const MeasureEntry& measure,
                         const std::vector<TrialRecord>& trials) const;

  /// What a trial of this hypothesis shows against its invariant; empty if nothing.
  std::string Objection(const Block& block, const std::vector<TrialRecord>& trials) const;

 private:
  criteria::BlockValue ValueOf(const Block& block, const std::vector<TrialRecord>& trials) const;
  criteria::BlockValue CompanionValue(const Companion& companion, const Block& block,
                                      const std::vector<TrialRecord>& trials) const;
  criteria::BlockValue InvariantValue(const Block& block,
                                      const std::vector<TrialRecord>& trials) const;
  void CheckBefore();
  void CheckFloor();
  void CheckTrials(const Block& block, const std::vector<TrialRecord>& trials);
  std::string Unmeasured(const TrialRecord& trial) const;
  std::uint64_t WorkOf(const MeasureEntry& measure, const ModelRecord& model) const;
  void Judge(const std::vector<TrialRecord>& trials, criteria::Time time);
  EvidenceRow Standing() const;

  const Hypothesis& hypothesis_;
  const MeasureEntry& measure_;
  Contestants contestants_;
  std::vector<double> sizes_;
  criteria::Order order_;
  criteria::Claim claim_;
  criteria::Rules rules_;
  std::vector<Companion> companions_;
  std::vector<Block> blocks_;
  std::vector<EvidenceRow> growth_;
  criteria::Judgement judgement_;
  std::string invalid_;
  std::string error_;
};

}  // namespace falsify::harness
