#include "reports/facts/outcomes.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "fmt/format.h"
#include "reports/facts/words.h"

namespace falsify::reports {

using harness::HypothesisRecord;
using harness::Record;
using harness::TrialRecord;

std::string NameOf(const Record& record, const HypothesisRecord& hypothesis) {
  return fmt::format("{}/{}", record.study_id, hypothesis.id);
}

std::string MessageOf(const HypothesisRecord& hypothesis) {
  const std::string limit =
      hypothesis.threshold_text.empty()
          ? std::string()
          : fmt::format(" {} {}", hypothesis.criterion, hypothesis.threshold_text);
  const std::string what =
      hypothesis.measure.empty()
          ? std::string()
          : fmt::format(" ({} of {}{})", hypothesis.measure, hypothesis.subject, limit);
  return fmt::format("{}: {}{}: {}", criteria::Name(hypothesis.verdict), hypothesis.claim, what,
                     hypothesis.why);
}

bool IsFinished(const TrialRecord& trial) {
  return trial.role == "block" && trial.sabotage.empty() &&
         trial.observation.outcome == harness::Outcome::kOk;
}

std::vector<Series> SeriesOf(const Record& record) {
  std::vector<Series> all;
  std::map<std::string, std::size_t> places;
  for (const TrialRecord& trial : record.trials) {
    if (!IsFinished(trial)) continue;
    const std::string name = fmt::format("{} {} {}", trial.subject, trial.workload, trial.cache);
    const auto [place, added] = places.emplace(name, all.size());
    if (added) all.push_back({name, {}});
    all[place->second].trials.push_back(&trial);
  }
  return all;
}

std::string MainTime(const Series& series) {
  for (const char* measure : {"ttft", "ready_time", "load_time"}) {
    if (!Values(series, measure).empty()) return measure;
  }
  return {};
}

std::vector<double> Values(const Series& series, const std::string& measure) {
  std::vector<double> values;
  for (const TrialRecord* trial : series.trials) {
    const auto found = trial->observation.measures.find(measure);
    if (found != trial->observation.measures.end()) values.push_back(found->second);
  }
  return values;
}

std::optional<double> PlainEstimate(const HypothesisRecord& hypothesis) {
  const bool figure = !IsOrder(hypothesis) && !IsInvariant(hypothesis) && !IsCompound(hypothesis);
  if (!figure || hypothesis.estimate.value_at_least) return std::nullopt;
  return hypothesis.estimate.value;
}

std::string WithoutZone(const std::string& date) {
  return date.ends_with('Z') ? date.substr(0, date.size() - 1) : date;
}

std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace falsify::reports
