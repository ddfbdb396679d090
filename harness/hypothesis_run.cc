#include "harness/hypothesis_run.h"

#include <utility>

#include "criteria/host_noise.h"
#include "fmt/format.h"
#include "harness/claim.h"
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
  if (precision == Precision::kAny || left.matched_digest == right.matched_digest) return {};
  if (precision == Precision::kSameWidth && SameWidth(left, right)) return {};
  return fmt::format(
      "precision is not {}: \"{}\" is {} ({} parameters, {} B, {}), \"{}\" is {} ({} "
      "parameters, {} B, {})",
      Name(precision), a.record.name, DtypesOf(left), left.elements, left.payload_bytes,
      left.payload_digest, b.record.name, DtypesOf(right), right.elements, right.payload_bytes,
      right.payload_digest);
}

}  // namespace

HypothesisRun::HypothesisRun(const Hypothesis& hypothesis, const PreparedSubject& subject,
                             const PreparedSubject* other, int leaves)
    : hypothesis_(hypothesis),
      measure_(*FindMeasure(hypothesis.measure)),
      subject_(subject),
      other_(other),
      claim_(ClaimOf(hypothesis)),
      rules_(RulesOf(hypothesis, claim_, leaves)),
      judgement_(criteria::Judge(claim_, rules_, {})) {
  CheckBefore();
}

void HypothesisRun::CheckBefore() {
  for (const PreparedSubject* side : {&subject_, other_}) {
    if (side == nullptr) continue;
    if (error_.empty() && !side->error.empty()) error_ = side->record.name + ": " + side->error;
    if (invalid_.empty() && !side->invalid.empty())
      invalid_ = side->record.name + ": " + side->invalid;
  }
  if (other_ != nullptr && invalid_.empty()) {
    invalid_ = Mismatch(subject_, *other_, hypothesis_.precision);
  }
}

std::vector<TrialKey> HypothesisRun::Keys() const {
  std::vector<TrialKey> keys;
  for (const PreparedSubject* side : {&subject_, other_}) {
    if (side == nullptr) continue;
    keys.push_back({.subject = side->record.name,
                    .workload = hypothesis_.workload,
                    .cache = hypothesis_.cache,
                    .threads = hypothesis_.threads,
                    .timeout_seconds = hypothesis_.timeout_seconds});
  }
  return keys;
}

bool HypothesisRun::undecided() const {
  return error_.empty() && invalid_.empty() && judgement_.stop == criteria::Stop::kUndecided;
}

bool HypothesisRun::models_match() const {
  return subject_.record.model.matched_digest == other_->record.model.matched_digest;
}

std::vector<std::string> HypothesisRun::StoredWider() const {
  std::vector<std::string> wider;
  if (!models_match()) return wider;
  const ModelRecord& left = subject_.record.model;
  const ModelRecord& right = other_->record.model;
  for (const auto& [name, dtype] : left.vectors) {
    const auto found = right.vectors.find(name);
    if (found == right.vectors.end() || found->second == dtype) continue;
    wider.push_back(fmt::format("{}: {} in {}, {} in {}", name, dtype, subject_.record.name,
                                found->second, other_->record.name));
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
    const Sample sample = SampleOf(trial, measure_, subject_.record.model.payload_bytes);
    if (sample.missing) {
      invalid_ = fmt::format("trial {} has no {}: it could not be measured here", trial.number,
                             measure_.name);
    } else if (!trial.cache_problem.empty()) {
      invalid_ = fmt::format("trial {}: {}", trial.number, trial.cache_problem);
    } else if (trial.observation.outcome == Outcome::kUnavailable) {
      invalid_ = fmt::format("trial {}: {}", trial.number, trial.observation.cause);
    }
  }
}

criteria::BlockValue HypothesisRun::ValueOf(const Block& block,
                                            const std::vector<TrialRecord>& trials) const {
  criteria::BlockValue value;
  value.disturbed = block.slowdown > criteria::kDisturbed;
  std::vector<criteria::Interval> sides;
  for (const std::size_t index : block.trials) {
    const Sample sample = SampleOf(trials[index], measure_, subject_.record.model.payload_bytes);
    sides.push_back(sample.value);
    value.failed = value.failed || sample.failed;
  }
  value.x = sides.front();
  if (value.failed || !hypothesis_.relative_to) return value;
  const ModelRecord& model = subject_.record.model;
  switch (hypothesis_.relative_to->to) {
    case Relative::To::kPayload:
      value.x = criteria::Ratio(value.x, {static_cast<double>(model.payload_bytes),
                                          static_cast<double>(model.payload_bytes)});
      break;
    case Relative::To::kFile:
      value.x = criteria::Ratio(
          value.x, {static_cast<double>(model.file_bytes), static_cast<double>(model.file_bytes)});
      break;
    case Relative::To::kSubject:
      value.x = criteria::Ratio(value.x, sides.back());
      break;
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

void HypothesisRun::Add(Block block, const std::vector<TrialRecord>& trials, criteria::Time time) {
  CheckTrials(block, trials);
  blocks_.push_back(std::move(block));
  judgement_ = criteria::Judge(claim_, rules_, Values(trials), time);
}

void HypothesisRun::JudgeAgain(const NoiseLog& noise, const std::vector<TrialRecord>& trials,
                               criteria::Time time) {
  for (Block& block : blocks_) block.slowdown = noise.Slowdown(block.probes);
  judgement_ = criteria::Judge(claim_, rules_, Values(trials), time);
}

}  // namespace falsify::harness
