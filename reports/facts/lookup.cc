#include "reports/facts/lookup.h"

#include <algorithm>
#include <numeric>

namespace falsify::reports {

using harness::EstimateRecord;
using harness::HypothesisRecord;
using harness::Outcome;
using harness::Record;
using harness::SubjectRecord;
using harness::SummaryRecord;
using harness::TrialRecord;

namespace {

template <class Items, class Wanted>
auto Find(const Items& items, Wanted wanted) -> decltype(items.data()) {
  const auto found = std::find_if(items.begin(), items.end(), wanted);
  return found == items.end() ? nullptr : &*found;
}

template <class Wanted>
std::vector<const TrialRecord*> Select(const Record& record, Wanted wanted) {
  std::vector<const TrialRecord*> selected;
  for (const TrialRecord& trial : record.trials) {
    if (wanted(trial)) selected.push_back(&trial);
  }
  return selected;
}

bool CountsFor(const TrialRecord& trial, const std::string& hypothesis) {
  const auto& counted = trial.hypotheses;
  return trial.role == "block" &&
         std::find(counted.begin(), counted.end(), hypothesis) != counted.end();
}

// A measure as one trial knows it: measured, or at least so much when it was stopped.
EstimateRecord Known(const TrialRecord& trial, const std::string& measure) {
  const harness::Observation& seen = trial.observation;
  EstimateRecord known;
  if (const auto measured = seen.measures.find(measure); measured != seen.measures.end()) {
    known.value = measured->second;
  } else if (const auto bound = seen.at_least.find(measure); bound != seen.at_least.end()) {
    known.value = bound->second;
    known.value_at_least = true;
  }
  return known;
}

EstimateRecord DividedBy(EstimateRecord value, double divisor) {
  if (value.value) value.value = *value.value / divisor;
  return value;
}

EstimateRecord OverPartner(const Record& record, const HypothesisRecord& hypothesis,
                           const TrialRecord& trial) {
  const TrialRecord* partner = Find(record.trials, [&](const TrialRecord& other) {
    return other.block == trial.block && other.subject == hypothesis.relative_to &&
           CountsFor(other, hypothesis.id);
  });
  if (partner == nullptr) return {};
  const EstimateRecord divisor = Known(*partner, hypothesis.measure);
  const bool usable = divisor.value && !divisor.value_at_least && *divisor.value > 0;
  return usable ? DividedBy(Known(trial, hypothesis.measure), *divisor.value) : EstimateRecord{};
}

}  // namespace

Setting SettingOf(const HypothesisRecord& hypothesis) {
  return {hypothesis.subject, hypothesis.workload, hypothesis.cache};
}

Setting SettingOf(const SummaryRecord& summary) {
  return {summary.subject, summary.workload, summary.cache};
}

const SubjectRecord* FindSubject(const Record& record, std::string_view name) {
  return Find(record.subjects, [&](const SubjectRecord& subject) { return subject.name == name; });
}

const SummaryRecord* FindSummary(const Record& record, const Setting& setting) {
  return Find(record.summaries,
              [&](const SummaryRecord& summary) { return SettingOf(summary) == setting; });
}

const TrialRecord* FindTrial(const Record& record, std::uint64_t number) {
  return Find(record.trials, [&](const TrialRecord& trial) { return trial.number == number; });
}

std::vector<const TrialRecord*> TrialsOf(const Record& record, const HypothesisRecord& hypothesis) {
  return Select(record, [&](const TrialRecord& trial) { return CountsFor(trial, hypothesis.id); });
}

std::vector<const TrialRecord*> RelatedTrials(const Record& record,
                                              const HypothesisRecord& hypothesis) {
  auto counted = TrialsOf(record, hypothesis);
  if (!counted.empty()) return counted;
  return Select(record,
                [&](const TrialRecord& trial) { return trial.subject == hypothesis.subject; });
}

std::vector<const TrialRecord*> TrialsOf(const Record& record, const Setting& setting) {
  return Select(record, [&](const TrialRecord& trial) {
    return Setting{trial.subject, trial.workload, trial.cache} == setting;
  });
}

const loaders::LoadReport* FindLoad(const Record& record, const Setting& setting) {
  for (const TrialRecord* trial : TrialsOf(record, setting)) {
    const harness::Observation& seen = trial->observation;
    if (seen.outcome == Outcome::kOk && seen.load) return &*seen.load;
  }
  return nullptr;
}

std::optional<double> MedianOf(const SummaryRecord& summary, const std::string& measure) {
  const auto found = summary.measures.find(measure);
  if (found == summary.measures.end() || found->second.value_at_least) return std::nullopt;
  return found->second.value;
}

std::optional<double> PhaseTotal(const SummaryRecord& summary) {
  const double total =
      std::accumulate(summary.phases.begin(), summary.phases.end(), 0.0,
                      [](double sum, const harness::Phase& phase) { return sum + phase.seconds; });
  if (total <= 0) return std::nullopt;
  return total;
}

EstimateRecord ValueIn(const Record& record, const HypothesisRecord& hypothesis,
                       const TrialRecord& trial) {
  if (trial.subject != hypothesis.subject) return {};
  const std::string& to = hypothesis.relative_to;
  if (to.empty()) return Known(trial, hypothesis.measure);
  if (to != "payload" && to != "file") return OverPartner(record, hypothesis, trial);
  const SubjectRecord* subject = FindSubject(record, trial.subject);
  if (subject == nullptr) return {};
  const auto bytes = to == "file" ? subject->model.file_bytes : subject->model.payload_bytes;
  if (bytes == 0) return {};
  return DividedBy(Known(trial, hypothesis.measure), static_cast<double>(bytes));
}

std::optional<double> TimesTheLimit(const HypothesisRecord& hypothesis) {
  const bool below = hypothesis.criterion != "above";
  const std::optional<double> end = below ? hypothesis.estimate.low : hypothesis.estimate.high;
  if (!end || *end <= 0 || hypothesis.threshold <= 0) return std::nullopt;
  return below ? *end / hypothesis.threshold : hypothesis.threshold / *end;
}

bool NothingFinished(const std::vector<const TrialRecord*>& trials) {
  return !trials.empty() && std::none_of(trials.begin(), trials.end(), [](const TrialRecord* t) {
    return t->observation.outcome == Outcome::kOk;
  });
}

}  // namespace falsify::reports
