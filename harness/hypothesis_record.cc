#include "harness/hypothesis_record.h"

#include <set>

#include "criteria/serial_dependence.h"
#include "fmt/format.h"
#include "harness/claim.h"

namespace falsify::harness {
namespace {

constexpr double kDependentBelow = 0.01;

std::string StopText(criteria::Stop stop) {
  switch (stop) {
    case criteria::Stop::kUndecided:
      return "not started";
    case criteria::Stop::kDecided:
      return "decided";
    case criteria::Stop::kMaxBlocks:
      return "max blocks";
    case criteria::Stop::kOutOfTime:
      return "out of time";
    case criteria::Stop::kHopeless:
      return "hopeless";
    case criteria::Stop::kFailedTrials:
      return "failed trials";
  }
  return {};
}

std::string WhyDecided(const criteria::Judgement& said) {
  switch (said.verdict) {
    case criteria::Verdict::kPass:
      return fmt::format("{} of {} blocks met the claim: evidence {:.1f} where {:.0f} is needed",
                         said.corroborate.n - said.corroborate.violations, said.corroborate.n,
                         said.corroborate.e, said.corroborate.need);
    case criteria::Verdict::kFalsified:
      return fmt::format(
          "{} of {} blocks violated the claim: evidence {:.1f} where {:.0f} is needed",
          said.falsify.violations, said.falsify.n, said.falsify.e, said.falsify.need);
    case criteria::Verdict::kError:
      return fmt::format("{} of {} blocks had a failed trial", said.failed, said.blocks);
    case criteria::Verdict::kInvalid:
      return fmt::format(
          "the host was too noisy: {} of {} blocks had to be set aside; run it on a "
          "quieter machine",
          said.set_aside, said.blocks);
    case criteria::Verdict::kInconclusive:
      return fmt::format("undecided after {} blocks ({})", said.blocks, StopText(said.stop));
  }
  return {};
}

void JudgeByConstruction(const HypothesisRun& run, HypothesisRecord& record) {
  const criteria::Judgement& said = run.judgement();
  record.verdict = said.verdict;
  record.why = WhyDecided(said);
  const bool unmatched =
      run.hypothesis().precision == Precision::kAny && run.comparing() && !run.models_match();
  if (said.verdict == criteria::Verdict::kPass && unmatched) {
    record.verdict = criteria::Verdict::kInvalid;
    record.why =
        "the two models' weights differ (precision: any): such a pair can never PASS; use "
        "models of matched precision";
  }
  if (!run.invalid().empty()) {
    record.verdict = criteria::Verdict::kInvalid;
    record.why = run.invalid();
  }
  if (!run.error().empty()) {
    record.verdict = criteria::Verdict::kError;
    record.why = run.error();
  }
}

void JudgeByControl(const HypothesisRun& control, HypothesisRecord& record) {
  const criteria::Judgement& said = control.judgement();
  const HypothesisRecord inner = RecordOf(control, nullptr, {});
  record.control = ControlRecord{.subject = control.hypothesis().subject,
                                 .verdict = inner.verdict,
                                 .blocks = said.blocks,
                                 .estimate = inner.estimate};
  record.proved = inner.verdict == criteria::Verdict::kFalsified;
  if (record.proved) return;
  record.verdict = criteria::Verdict::kInvalid;
  record.why = fmt::format(
      "nothing shows that this test can fail: control \"{}\" was {}, not FALSIFIED, under the same "
      "criterion ({}); name a control that does violate the claim here",
      control.hypothesis().subject, Name(inner.verdict), inner.why);
}

void CopyJudgement(const HypothesisRun& run, HypothesisRecord& record) {
  const criteria::Judgement& said = run.judgement();
  record.blocks = said.blocks;
  record.set_aside = said.set_aside;
  record.failed = said.failed;
  record.estimate = ToRecord(said.estimate);
  record.falsify = ToRecord(said.falsify);
  record.corroborate = ToRecord(said.corroborate);
  record.p_upper = said.p_upper;
  record.severity = said.severity;
  record.blocks_still_needed = said.blocks_still_needed;
  record.stop = StopText(said.stop);
  for (const criteria::SeverityAt& at : said.severity_table) {
    record.severity_table.push_back({at.factor, at.severity});
  }
}

void CopyTrials(const HypothesisRun& run, const std::vector<TrialRecord>& trials,
                HypothesisRecord& record) {
  std::set<std::size_t> counted;
  for (const Block& block : run.blocks()) counted.insert(block.trials.begin(), block.trials.end());
  record.trials = static_cast<int>(counted.size());
  if (trials.empty() || record.verdict != criteria::Verdict::kFalsified) return;
  for (const int index : run.judgement().violating_blocks) {
    const Block& block = run.blocks()[static_cast<std::size_t>(index)];
    record.counterexamples.push_back(trials[block.trials.front()].number);
  }
}

bool SeriallyDependent(const HypothesisRun& run, const std::vector<TrialRecord>& trials) {
  if (trials.empty()) return false;
  std::vector<double> values;
  for (const criteria::BlockValue& value : run.Values(trials)) {
    if (!value.failed && value.x.lo == value.x.hi) values.push_back(value.x.lo);
  }
  const std::optional<double> p = criteria::SerialDependenceP(values);
  return p && *p < kDependentBelow;
}

}  // namespace

EstimateRecord ToRecord(const criteria::Estimate& estimate) {
  return {.value = estimate.value,
          .value_at_least = estimate.value_at_least,
          .low = estimate.low,
          .high = estimate.high,
          .confidence = estimate.confidence};
}

StreamRecord ToRecord(const criteria::Stream& stream) {
  return {.n = stream.n, .violations = stream.violations, .e = stream.e, .need = stream.need};
}

std::string UnitOf(const HypothesisRun& run) {
  return run.hypothesis().relative_to ? "x" : std::string(run.measure().unit);
}

HypothesisRecord RecordOf(const HypothesisRun& run, const HypothesisRun* control,
                          const std::vector<TrialRecord>& trials) {
  const Hypothesis& hypothesis = run.hypothesis();
  HypothesisRecord record;
  record.id = hypothesis.id;
  record.claim = hypothesis.claim;
  record.measure = hypothesis.measure;
  record.unit = UnitOf(run);
  record.criterion = hypothesis.predict.kind == Prediction::Kind::kBelow ? "below" : "above";
  record.threshold = hypothesis.predict.threshold;
  record.threshold_text = hypothesis.predict.threshold_text;
  record.subject = hypothesis.subject;
  record.relative_to = RelativeName(hypothesis);
  record.precision = run.comparing() ? std::string(Name(hypothesis.precision)) : std::string();
  if (run.comparing()) record.stored_wider = run.StoredWider();
  record.workload = Describe(hypothesis.workload);
  record.cache = Name(hypothesis.cache);
  record.quantile = hypothesis.predict.quantile;
  record.max_blocks = run.rules().max_blocks;
  record.blocks_to_pass =
      criteria::FewestBlocksToPass(run.claim(), run.rules().beta, run.rules().min_blocks, 0);
  CopyJudgement(run, record);
  JudgeByConstruction(run, record);
  if (record.verdict == criteria::Verdict::kPass && control != nullptr) {
    JudgeByControl(*control, record);
  }
  record.proved = record.proved || record.verdict == criteria::Verdict::kFalsified;
  if (record.verdict == criteria::Verdict::kInvalid ||
      record.verdict == criteria::Verdict::kError) {
    record.severity.reset();
  }
  CopyTrials(run, trials, record);
  record.serially_dependent = SeriallyDependent(run, trials);
  return record;
}

}  // namespace falsify::harness
