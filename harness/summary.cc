#include "harness/summary.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "criteria/median_interval.h"
#include "harness/study/measures.h"

namespace falsify::harness {
namespace {

bool BelongsTo(const SummaryRecord& summary, const TrialRecord& trial) {
  return summary.subject == trial.subject && summary.workload == trial.workload &&
         summary.cache == trial.cache;
}

EstimateRecord Describe(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  EstimateRecord estimate;
  estimate.value = criteria::MedianOf(values);
  if (const auto interval = criteria::MedianIntervalOf(values)) {
    estimate.low = interval->low;
    estimate.high = interval->high;
    estimate.confidence = interval->confidence;
  }
  return estimate;
}

/// The value that all trials share; empty if they differ or there is none.
std::string Shared(const std::vector<const TrialRecord*>& trials, const std::string& digest) {
  std::set<std::string> seen;
  for (const TrialRecord* trial : trials) {
    const auto found = trial->observation.digests.find(digest);
    seen.insert(found == trial->observation.digests.end() ? std::string() : found->second);
  }
  return seen.size() == 1 ? *seen.begin() : std::string();
}

void DescribeMeasures(const std::vector<const TrialRecord*>& good, SummaryRecord& summary) {
  std::map<std::string, std::vector<double>> values;
  for (const TrialRecord* trial : good) {
    for (const auto& [name, value] : trial->observation.measures) values[name].push_back(value);
  }
  for (const auto& [name, list] : values) {
    const MeasureEntry* measure = FindMeasure(name);
    if (measure == nullptr) continue;
    summary.measures[name] = Describe(list);
    summary.units[name] = measure->unit;
  }
}

void DescribePhases(const std::vector<const TrialRecord*>& good, SummaryRecord& summary) {
  std::map<std::string, std::vector<double>> seconds;
  for (const TrialRecord* trial : good) {
    for (const Phase& phase : trial->observation.phases)
      seconds[phase.name].push_back(phase.seconds);
  }
  for (const Phase& phase : good.front()->observation.phases) {
    std::vector<double>& list = seconds[phase.name];
    std::sort(list.begin(), list.end());
    summary.phases.push_back({phase.name, criteria::MedianOf(list)});
  }
}

void DescribeGood(const std::vector<const TrialRecord*>& good, SummaryRecord& summary) {
  if (good.empty()) return;
  DescribeMeasures(good, summary);
  DescribePhases(good, summary);
  summary.first_token = Shared(good, "first_token");
  summary.logits = Shared(good, "logits");
  if (const auto& load = good.front()->observation.load) {
    summary.advice = load->advice;
    summary.fallbacks = load->fallbacks;
  }
}

}  // namespace

std::vector<SummaryRecord> Summarise(const std::vector<TrialRecord>& trials) {
  std::vector<SummaryRecord> summaries;
  std::vector<std::vector<const TrialRecord*>> good;
  for (const TrialRecord& trial : trials) {
    if (trial.role == "burn-in" || !trial.sabotage.empty()) continue;
    const auto found = std::find_if(summaries.begin(), summaries.end(),
                                    [&](const SummaryRecord& s) { return BelongsTo(s, trial); });
    const auto index = static_cast<std::size_t>(found - summaries.begin());
    if (found == summaries.end()) {
      SummaryRecord& fresh = summaries.emplace_back();
      fresh.subject = trial.subject;
      fresh.workload = trial.workload;
      fresh.cache = trial.cache;
      good.emplace_back();
    }
    SummaryRecord& summary = summaries[index];
    ++summary.trials;
    summary.ok += trial.observation.outcome == Outcome::kOk ? 1 : 0;
    summary.timeouts += trial.observation.outcome == Outcome::kTimeout ? 1 : 0;
    if (trial.observation.outcome == Outcome::kOk && !trial.disturbed)
      good[index].push_back(&trial);
  }
  for (std::size_t i = 0; i < summaries.size(); ++i) DescribeGood(good[i], summaries[i]);
  return summaries;
}

}  // namespace falsify::harness
