#include "harness/hypothesis_run.h"

#include <algorithm>
#include <utility>

#include "criteria/host_noise.h"
#include "fmt/format.h"
#include "harness/claim.h"
#include "harness/invariants.h"
#include "harness/samples.h"

namespace falsify::harness {
namespace {

bool SameWidth(const ModelRecord& a, const ModelRecord& b) {
  return a.payload_bytes == b.payload_bytes && a.elements == b.elements && a.tensors == b.tensors;
}

std::string DtypesOf(const ModelRecord& model) {
  std::string list;
  for (const auto& [dtype, bytes] : model.dtypes) list += (list.empty() ? "" : "+") + dtype;
  return list;
}

/// Empty if the two models may be compared under `precision`.
std::string Mismatch(const PreparedSubject& a, const PreparedSubject& b, Precision precision) {
  const ModelRecord& left = a.record.model;
  const ModelRecord& right = b.record.model;
  if (precision == Precision::kAny) return {};
  if (a.sparse || b.sparse) {
    return fmt::format("the bytes of \"{}\" or \"{}\" are a hole in a file and prove nothing",
                       a.record.name, b.record.name);
  }
  if (left.matched_digest == right.matched_digest) return {};
  if (precision == Precision::kSameWidth && SameWidth(left, right)) return {};
  return fmt::format(
      "precision is not {}: \"{}\" is {} ({} parameters, {} B, {}), \"{}\" is {} ({} "
      "parameters, {} B, {})",
      Name(precision), a.record.name, DtypesOf(left), left.elements, left.payload_bytes,
      left.payload_digest, b.record.name, DtypesOf(right), right.elements, right.payload_bytes,
      right.payload_digest);
}

bool IsInvariant(const MeasureEntry& measure) { return measure.kind == MeasureKind::kInvariant; }

}  // namespace

HypothesisRun::HypothesisRun(const Hypothesis& hypothesis, Contestants contestants, int leaves)
    : hypothesis_(hypothesis),
      measure_(*FindMeasure(hypothesis.measure)),
      contestants_(std::move(contestants)),
      order_(OrderOf(hypothesis)),
      claim_(ClaimOf(hypothesis)) {
  if (hypothesis.sweep)
    sizes_.assign(hypothesis.sweep->sizes.begin(), hypothesis.sweep->sizes.end());
  companions_ = CompanionsOf(hypothesis, claim_);
  rules_ = RulesOf(hypothesis, claim_, leaves * (1 + static_cast<int>(companions_.size())));
  Judge({}, criteria::Time::kLeft);
  CheckBefore();
  if (invalid_.empty()) CheckFloor();
}

void HypothesisRun::CheckBefore() {
  const auto check = [&](const PreparedSubject& side) {
    if (error_.empty() && !side.error.empty()) error_ = side.record.name + ": " + side.error;
    if (invalid_.empty() && !side.invalid.empty())
      invalid_ = side.record.name + ": " + side.invalid;
    if (invalid_.empty() && side.record.model.payload_bytes == 0 && side.error.empty()) {
      invalid_ = side.record.name + ": its model has no payload: nothing can be loaded";
    }
    // That the bytes are wrong is what an invariant is there to find.
    if (invalid_.empty() && !side.wrong_bytes.empty() && !IsInvariant(measure_)) {
      invalid_ = side.record.name + ": " + side.wrong_bytes;
    }
  };
  for (std::size_t i = 0; i < contestants_.subjects.size(); ++i) {
    check(*contestants_.subjects[i]);
    if (!comparing()) continue;
    check(*contestants_.others[i]);
    if (!invalid_.empty()) continue;
    invalid_ = Mismatch(*contestants_.subjects[i], *contestants_.others[i], hypothesis_.precision);
  }
}

/// A time that nothing at all takes cannot be told from none.
void HypothesisRun::CheckFloor() {
  const double floor = contestants_.noise_floor_seconds;
  const bool limit = claim_.form == criteria::Form::kBelow ||
                     claim_.form == criteria::Form::kAbove ||
                     claim_.form == criteria::Form::kBetween;
  const bool time = measure_.kind == MeasureKind::kTime && !hypothesis_.relative_to;
  if (!limit || !time || hypothesis_.mode == Mode::kSteady || claim_.threshold >= floor) return;
  invalid_ = fmt::format(
      "{} of {} lies below the noise floor here: a loader that does nothing took {:.3g} us; claim "
      "it "
      "in steady mode",
      measure_.name, hypothesis_.predict.threshold_text, floor * 1e6);
}

std::vector<TrialKey> HypothesisRun::Keys() const {
  std::vector<TrialKey> keys;
  for (std::size_t i = 0; i < contestants_.subjects.size(); ++i) {
    TrialKey key = {.subject = contestants_.subjects[i]->record.name,
                    .workload = hypothesis_.workload,
                    .cache = hypothesis_.cache,
                    .threads = hypothesis_.threads,
                    .timeout_seconds = hypothesis_.timeout_seconds,
                    .mode = hypothesis_.mode,
                    .sabotage = {}};
    TrialKey other = key;
    if (!contestants_.sabotages.empty()) key.sabotage = contestants_.sabotages[i];
    keys.push_back(std::move(key));
    if (!comparing()) continue;
    other.subject = contestants_.others[i]->record.name;
    keys.push_back(std::move(other));
  }
  return keys;
}

criteria::Conclusion HypothesisRun::conclusion() const {
  std::vector<criteria::Conclusion> parts = {
      {judgement_.verdict, judgement_.falsify.e, judgement_.corroborate.e}};
  for (const Companion& companion : companions_) {
    parts.push_back({companion.judgement.verdict, companion.judgement.falsify.e,
                     companion.judgement.corroborate.e});
  }
  return criteria::AllOf(parts);
}

bool HypothesisRun::undecided() const {
  if (!error_.empty() || !invalid_.empty()) return false;
  const auto falsified = [](const criteria::Judgement& said) {
    return said.stop == criteria::Stop::kDecided && said.verdict == criteria::Verdict::kFalsified;
  };
  if (falsified(judgement_)) return false;
  bool open = judgement_.stop == criteria::Stop::kUndecided;
  for (const Companion& companion : companions_) {
    if (falsified(companion.judgement)) return false;
    open = open || companion.judgement.stop == criteria::Stop::kUndecided;
  }
  return open;
}

bool HypothesisRun::provisional_pass() const {
  return invalid_.empty() && error_.empty() && !undecided() &&
         conclusion().verdict == criteria::Verdict::kPass;
}

bool HypothesisRun::models_match() const {
  for (std::size_t i = 0; i < contestants_.subjects.size(); ++i) {
    const ModelRecord& left = contestants_.subjects[i]->record.model;
    if (left.matched_digest != contestants_.others[i]->record.model.matched_digest) return false;
  }
  return true;
}

std::vector<std::string> HypothesisRun::StoredWider() const {
  std::vector<std::string> wider;
  if (!models_match()) return wider;
  const SubjectRecord& left = contestants_.subjects.front()->record;
  const SubjectRecord& right = contestants_.others.front()->record;
  for (const auto& [name, dtype] : left.model.vectors) {
    const auto found = right.model.vectors.find(name);
    if (found == right.model.vectors.end() || found->second == dtype) continue;
    wider.push_back(
        fmt::format("{}: {} in {}, {} in {}", name, dtype, left.name, found->second, right.name));
  }
  return wider;
}

void HypothesisRun::CheckTrials(const Block& block, const std::vector<TrialRecord>& trials) {
  for (const std::size_t index : block.trials) {
    const TrialRecord& trial = trials[index];
    if (error_.empty() && trial.observation.unkillable) {
      error_ = fmt::format("trial {}: {}", trial.number, trial.observation.cause);
    }
    if (!invalid_.empty()) continue;
    if (!trial.cache_problem.empty()) {
      invalid_ = fmt::format("trial {}: {}", trial.number, trial.cache_problem);
    } else if (trial.observation.outcome == Outcome::kUnavailable) {
      invalid_ = fmt::format("trial {}: {}", trial.number, trial.observation.cause);
    } else if (trial.observation.error && trial.observation.error->code == "SABOTAGE") {
      invalid_ = fmt::format("trial {}: {}", trial.number, trial.observation.error->Line());
    }
  }
  for (const std::size_t index : block.trials) {
    if (invalid_.empty()) invalid_ = Unmeasured(trials[index]);
  }
}

std::string HypothesisRun::Unmeasured(const TrialRecord& trial) const {
  if (trial.observation.outcome != Outcome::kOk) return {};
  if (IsInvariant(measure_)) {
    // Against anything: whether the trial says something at all.
    const Expected anything = {.payload_digest = "-", .first_token = "-", .alignment = 1};
    if (!HoldsIn(trial, measure_, anything).missing) return {};
    return fmt::format("trial {} does not say whether {} holds", trial.number, measure_.name);
  }
  std::vector<const MeasureEntry*> needed = {&measure_};
  for (const Companion& companion : companions_) {
    if (companion.measure != nullptr) needed.push_back(companion.measure);
  }
  for (const MeasureEntry* measure : needed) {
    if (!SampleOf(trial, *measure, 0).missing) continue;
    return fmt::format("trial {} has no {}: it could not be measured here", trial.number,
                       measure->name);
  }
  return {};
}

std::uint64_t HypothesisRun::WorkOf(const MeasureEntry& measure, const ModelRecord& model) const {
  const bool tokens = measure.kind == MeasureKind::kTokenRate;
  return tokens ? hypothesis_.workload.max_tokens - 1 : model.payload_bytes;
}

HypothesisRun::BlockSamples HypothesisRun::SamplesOf(const Block& block,
                                                     const MeasureEntry& measure,
                                                     const std::vector<TrialRecord>& trials) const {
  BlockSamples samples;
  const std::size_t step = comparing() ? 2 : 1;
  for (std::size_t i = 0; i < contestants_.subjects.size(); ++i) {
    const ModelRecord& model = contestants_.subjects[i]->record.model;
    const Sample own = SampleOf(trials[block.trials[i * step]], measure, WorkOf(measure, model));
    samples.failed = samples.failed || own.failed;
    criteria::Interval value = own.value;
    if (comparing()) {
      const ModelRecord& others = contestants_.others[i]->record.model;
      const Sample other =
          SampleOf(trials[block.trials[i * step + 1]], measure, WorkOf(measure, others));
      samples.failed = samples.failed || other.failed;
      value = criteria::Ratio(value, other.value);
    } else if (hypothesis_.relative_to) {
      const bool file = hypothesis_.relative_to->to == Relative::To::kFile;
      const auto bytes = static_cast<double>(file ? model.file_bytes : model.payload_bytes);
      if (!samples.failed) value = criteria::Ratio(value, {bytes, bytes});
    }
    samples.values.push_back(value);
  }
  return samples;
}

criteria::BlockValue HypothesisRun::InvariantValue(const Block& block,
                                                   const std::vector<TrialRecord>& trials) const {
  const ModelRecord& model = contestants_.subjects.front()->record.model;
  Expected expected = {.payload_digest = model.payload_digest,
                       .first_token = contestants_.reference_token,
                       .alignment = hypothesis_.alignment};
  if (comparing()) {
    const Observation& other = trials[block.trials.back()].observation;
    const auto payload = other.digests.find("payload");
    const auto token = other.digests.find("first_token");
    expected.payload_digest = payload == other.digests.end() ? "" : payload->second;
    expected.first_token = token == other.digests.end() ? "" : token->second;
  }
  const Sample sample = HoldsIn(trials[block.trials.front()], measure_, expected);
  return {.x = sample.value, .failed = sample.failed || sample.missing};
}

std::string HypothesisRun::Objection(const Block& block,
                                     const std::vector<TrialRecord>& trials) const {
  if (!IsInvariant(measure_)) return {};
  const Expected expected = {
      .payload_digest = contestants_.subjects.front()->record.model.payload_digest,
      .first_token = contestants_.reference_token,
      .alignment = hypothesis_.alignment};
  return WhyItDoesNotHold(trials[block.trials.front()], measure_, expected);
}

criteria::BlockValue HypothesisRun::ValueOf(const Block& block,
                                            const std::vector<TrialRecord>& trials) const {
  criteria::BlockValue value;
  if (IsInvariant(measure_)) {
    value = InvariantValue(block, trials);
  } else {
    const BlockSamples samples = SamplesOf(block, measure_, trials);
    value.failed = samples.failed;
    value.x = samples.values.front();
    if (claim_.form == criteria::Form::kOrder) {
      const auto exponents = criteria::ExcessExponents(order_, sizes_, samples.values);
      value.x = exponents.overall;
      value.top = exponents.top;
    }
  }
  value.disturbed = block.slowdown > criteria::kDisturbed;
  return value;
}

criteria::BlockValue HypothesisRun::CompanionValue(const Companion& companion, const Block& block,
                                                   const std::vector<TrialRecord>& trials) const {
  const bool slope = companion.measure == nullptr;
  const BlockSamples samples = SamplesOf(block, slope ? measure_ : *companion.measure, trials);
  criteria::BlockValue value;
  value.failed = samples.failed;
  value.disturbed = block.slowdown > criteria::kDisturbed;
  if (slope) {
    value.x = criteria::SlopePerSize(sizes_, samples.values);
  } else {
    const auto exponents = criteria::ExcessExponents(order_, sizes_, samples.values);
    value.x = exponents.overall;
    value.top = exponents.top;
  }
  return value;
}

std::vector<criteria::BlockValue> HypothesisRun::Values(
    const std::vector<TrialRecord>& trials) const {
  std::vector<criteria::BlockValue> values;
  values.reserve(blocks_.size());
  for (const Block& block : blocks_) values.push_back(ValueOf(block, trials));
  return values;
}

void HypothesisRun::Judge(const std::vector<TrialRecord>& trials, criteria::Time time) {
  judgement_ = criteria::Judge(claim_, rules_, Values(trials), time);
  for (Companion& companion : companions_) {
    std::vector<criteria::BlockValue> values;
    for (const Block& block : blocks_) values.push_back(CompanionValue(companion, block, trials));
    companion.judgement = criteria::Judge(companion.claim, rules_, values, time);
  }
}

void HypothesisRun::Add(Block block, const std::vector<TrialRecord>& trials, criteria::Time time) {
  CheckTrials(block, trials);
  blocks_.push_back(std::move(block));
  Judge(trials, time);
  growth_.push_back(Standing());
}

EvidenceRow HypothesisRun::Standing() const {
  return {static_cast<int>(blocks_.size()), judgement_.falsify.e, judgement_.corroborate.e};
}

void HypothesisRun::JudgeAgain(const NoiseLog& noise, const std::vector<TrialRecord>& trials,
                               criteria::Time time) {
  for (Block& block : blocks_) block.slowdown = noise.Slowdown(block.probes);
  Judge(trials, time);
  if (!growth_.empty()) growth_.back() = Standing();
}

}  // namespace falsify::harness
