#include "harness/hypothesis_record.h"

#include <algorithm>
#include <set>
#include <utility>

#include "criteria/host_noise.h"
#include "criteria/median_interval.h"
#include "criteria/serial_dependence.h"
#include "fmt/format.h"
#include "harness/claim.h"
#include "harness/sabotage_plan.h"

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

/// What a violating block of an invariant shows, of the first that does.
std::string FirstObjection(const HypothesisRun& run, const std::vector<TrialRecord>& trials) {
  for (const int index : run.judgement().violating_blocks) {
    const Block& block = run.blocks()[static_cast<std::size_t>(index)];
    std::string objection = run.Objection(block, trials);
    if (!objection.empty()) {
      return fmt::format("trial {}: {}", trials[block.trials.front()].number, objection);
    }
  }
  return {};
}

/// Of an order: which part of it decided.
std::string WhyOrder(const HypothesisRun& run) {
  for (const Companion& companion : run.companions()) {
    if (companion.judgement.verdict != criteria::Verdict::kFalsified) continue;
    return fmt::format("{} grows faster than {}, whatever the clock says: {}",
                       companion.measure == nullptr ? "the slope exceeds its bound, and so it"
                                                    : companion.measure->name,
                       criteria::Name(run.order()), WhyDecided(companion.judgement));
  }
  return WhyDecided(run.judgement());
}

std::string WhyOf(const HypothesisRun& run, const std::vector<TrialRecord>& trials) {
  const bool falsified = run.conclusion().verdict == criteria::Verdict::kFalsified;
  if (falsified && run.claim().form == criteria::Form::kHolds && !trials.empty()) {
    return FirstObjection(run, trials);
  }
  if (falsified && run.judgement().verdict != criteria::Verdict::kFalsified) return WhyOrder(run);
  if (run.judgement().verdict == criteria::Verdict::kPass &&
      run.claim().form == criteria::Form::kHolds) {
    return fmt::format("it held in all of {} blocks", run.judgement().blocks);
  }
  return WhyDecided(run.judgement());
}

void JudgeByConstruction(const HypothesisRun& run, const std::vector<TrialRecord>& trials,
                         HypothesisRecord& record) {
  record.verdict = run.conclusion().verdict;
  record.why = WhyOf(run, trials);
  const bool unmatched =
      run.hypothesis().precision == Precision::kAny && run.comparing() && !run.models_match();
  if (record.verdict == criteria::Verdict::kPass && unmatched) {
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

void JudgeByControl(const Proof& proof, const std::vector<TrialRecord>& trials,
                    HypothesisRecord& record) {
  if (!proof.impossible.empty()) {
    record.verdict = criteria::Verdict::kInvalid;
    record.why =
        fmt::format("nothing shows that this test can fail: {}; name a control", proof.impossible);
    return;
  }
  if (proof.control == nullptr) return;
  const HypothesisRun& control = *proof.control;
  const criteria::Judgement& said = control.judgement();
  HypothesisRecord inner;
  JudgeByConstruction(control, {}, inner);
  ControlRecord caught = {.subject = control.hypothesis().subject,
                          .sabotage = {},
                          .caught_above = std::nullopt,
                          .verdict = inner.verdict,
                          .blocks = said.blocks,
                          .estimate = ToRecord(said.estimate)};
  const bool sabotaged = !control.contestants().sabotages.empty();
  if (sabotaged) {
    caught.sabotage = Describe(control.contestants().sabotages.back());
    caught.subject.clear();
    caught.caught_above = CaughtAbove(control, trials);
  }
  record.control = caught;
  record.proved = inner.verdict == criteria::Verdict::kFalsified;
  if (record.proved) return;
  if (said.stop == criteria::Stop::kOutOfTime) {
    record.verdict = criteria::Verdict::kInconclusive;
    record.why = "the claim held, but the time was up before its test was seen to fail";
    record.stop = StopText(said.stop);
    return;
  }
  record.verdict = criteria::Verdict::kInvalid;
  if (sabotaged) {
    record.why = fmt::format(
        "the test has no teeth: with {} the same criterion came to {}, not FALSIFIED ({})",
        caught.sabotage, Name(inner.verdict), inner.why);
    return;
  }
  record.why = fmt::format(
      "nothing shows that this test can fail: control \"{}\" was {}, not FALSIFIED, under the same "
      "criterion ({}); name a control that does violate the claim here",
      control.hypothesis().subject, Name(inner.verdict), inner.why);
}

std::optional<double> MedianOfSize(const HypothesisRun& run, const MeasureEntry& measure,
                                   std::size_t at, const std::vector<TrialRecord>& trials) {
  std::vector<double> values;
  for (const Block& block : run.blocks()) {
    const HypothesisRun::BlockSamples samples = run.SamplesOf(block, measure, trials);
    const bool aside = IsNoiseSensitive(measure.kind) && block.slowdown > criteria::kDisturbed;
    const criteria::Interval value = samples.values[at];
    if (samples.failed || aside || value.lo != value.hi) continue;
    values.push_back(value.lo);
  }
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  return criteria::MedianOf(values);
}

std::vector<SizeRecord> SizesOf(const HypothesisRun& run, const MeasureEntry& measure,
                                const std::vector<TrialRecord>& trials) {
  std::vector<SizeRecord> sizes;
  for (std::size_t i = 0; i < run.sizes().size(); ++i) {
    sizes.push_back(
        {.size = run.hypothesis().sweep->sizes[i], .value = MedianOfSize(run, measure, i, trials)});
  }
  return sizes;
}

void FitLine(const HypothesisRun& run, SweepRecord& sweep) {
  std::vector<double> typical;
  for (const SizeRecord& size : sweep.sizes) {
    if (!size.value) return;
    typical.push_back(*size.value);
  }
  const auto fit = criteria::FitAffine(run.sizes(), typical);
  if (!fit) return;
  sweep.fixed = fit->fixed;
  sweep.per_size = fit->per_size;
  sweep.crossover = fit->crossover;
}

SweepRecord SweepOf(const HypothesisRun& run, const std::vector<TrialRecord>& trials) {
  const Sweep& declared = *run.hypothesis().sweep;
  SweepRecord sweep;
  sweep.over = declared.over == Sweep::Over::kPayload ? "payload" : "tensors";
  sweep.order = criteria::Name(run.order());
  sweep.tolerance = run.claim().threshold;
  sweep.top = ToRecord(run.judgement().components.back().estimate);
  sweep.sizes = SizesOf(run, run.measure(), trials);
  const double growth =
      criteria::AllowedGrowth(sweep.tolerance, run.sizes().front(), run.sizes().back());
  sweep.allowed = criteria::GrowthInWords(
      run.order(), growth, Describe(ModelSize{declared.over, declared.sizes.front()}),
      Describe(ModelSize{declared.over, declared.sizes.back()}));
  FitLine(run, sweep);
  for (const Companion& companion : run.companions()) {
    CompanionRecord beside;
    beside.measure = companion.measure == nullptr ? "slope" : companion.measure->name;
    beside.verdict = companion.judgement.verdict;
    beside.exponent = ToRecord(companion.judgement.estimate);
    if (companion.measure != nullptr) beside.sizes = SizesOf(run, *companion.measure, trials);
    sweep.companions.push_back(std::move(beside));
  }
  return sweep;
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

/// What was refuted by its bytes or faults was tested as severely as they say, not as the clock
/// does.
void TakeSeverityOfCompanions(const HypothesisRun& run, HypothesisRecord& record) {
  if (run.judgement().verdict == criteria::Verdict::kFalsified) return;
  for (const Companion& companion : run.companions()) {
    if (companion.judgement.verdict != criteria::Verdict::kFalsified) continue;
    record.severity =
        std::max(record.severity.value_or(0), companion.judgement.severity.value_or(0));
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
  if (run.claim().form == criteria::Form::kOrder) return {};
  return run.hypothesis().relative_to ? "x" : std::string(run.measure().unit);
}

HypothesisRecord RecordOf(const HypothesisRun& run, const Proof& proof,
                          const std::vector<TrialRecord>& trials) {
  const Hypothesis& hypothesis = run.hypothesis();
  HypothesisRecord record;
  record.id = hypothesis.id;
  record.claim = hypothesis.claim;
  record.line = hypothesis.at.line;
  record.measure = hypothesis.measure;
  record.unit = UnitOf(run);
  record.criterion = CriterionName(hypothesis);
  record.mode = Name(hypothesis.mode);
  record.threshold = hypothesis.predict.threshold;
  record.upper_threshold = hypothesis.predict.upper_threshold;
  record.threshold_text = hypothesis.alignment > 0 ? fmt::format("{} B", hypothesis.alignment)
                                                   : hypothesis.predict.threshold_text;
  record.subject = hypothesis.subject;
  record.relative_to = RelativeName(hypothesis);
  record.evidence_growth = run.growth();
  record.reference_token = run.contestants().reference_token;
  record.precision = run.comparing() ? std::string(Name(hypothesis.precision)) : std::string();
  if (run.comparing()) record.stored_wider = run.StoredWider();
  record.workload = Describe(hypothesis.workload, hypothesis.mode);
  record.cache = Name(hypothesis.cache);
  record.quantile = hypothesis.predict.quantile;
  record.max_blocks = run.rules().max_blocks;
  record.blocks_to_pass =
      criteria::FewestBlocksToPass(run.claim(), run.rules().beta, run.rules().min_blocks, 0);
  CopyJudgement(run, record);
  if (hypothesis.sweep) {
    record.sweep = SweepOf(run, trials);
    TakeSeverityOfCompanions(run, record);
  }
  JudgeByConstruction(run, trials, record);
  if (record.verdict == criteria::Verdict::kPass) JudgeByControl(proof, trials, record);
  record.proved = record.proved || record.verdict == criteria::Verdict::kFalsified;
  if (record.verdict == criteria::Verdict::kInvalid ||
      record.verdict == criteria::Verdict::kError) {
    record.severity.reset();
  }
  CopyTrials(run, trials, record);
  record.serially_dependent = SeriallyDependent(run, trials);
  return record;
}

HypothesisRecord RecordOf(const Hypothesis& compound,
                          const std::vector<HypothesisRecord>& members) {
  HypothesisRecord record;
  record.id = compound.id;
  record.claim = compound.claim;
  record.line = compound.at.line;
  record.criterion = "all_of";
  record.members = compound.all_of;
  std::vector<criteria::Conclusion> parts;
  std::string blamed;
  for (const HypothesisRecord& member : members) {
    const bool evidence = member.criterion != "equals" && member.criterion != "all_of";
    parts.push_back(
        {.verdict = member.verdict,
         .e_falsify = evidence ? std::optional(member.falsify.e) : member.e_falsify,
         .e_corroborate = evidence ? std::optional(member.corroborate.e) : member.e_corroborate});
    record.blocks += member.blocks;
    record.trials += member.trials;
  }
  const criteria::Conclusion whole = criteria::AllOf(parts);
  record.verdict = whole.verdict;
  record.e_falsify = whole.e_falsify;
  record.e_corroborate = whole.e_corroborate;
  record.proved = true;
  for (const HypothesisRecord& member : members) {
    record.proved = record.proved && member.proved;
    if (member.verdict == whole.verdict) blamed += (blamed.empty() ? "" : ", ") + member.id;
  }
  record.why =
      whole.verdict == criteria::Verdict::kPass
          ? fmt::format("all of {} passed", blamed)
          : fmt::format("{} {} {}", blamed, blamed.find(',') == std::string::npos ? "is" : "are",
                        Name(whole.verdict));
  return record;
}

}  // namespace falsify::harness
