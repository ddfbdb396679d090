#include <charconv>
#include <string>

#include "fmt/format.h"
#include "reports/facts/outcomes.h"
#include "reports/machines/machines.h"

namespace falsify::reports {
namespace {

using harness::Record;
using harness::TrialRecord;
using Json = nlohmann::ordered_json;

constexpr double kMilliseconds = 1e3;

std::string Environment(const Record& record, const std::string& name) {
  const auto found = record.environment.find(name);
  return found == record.environment.end() ? std::string() : found->second;
}

int Cores(const Record& record) {
  const std::string text = Environment(record, "cores");
  int cores = 0;
  std::from_chars(text.data(), text.data() + text.size(), cores);
  return cores;
}

Json ContextOf(const Record& record) {
  return {{"date", record.started_at},
          {"host_name", Environment(record, "host")},
          {"executable", "falsify"},
          {"num_cpus", Cores(record)},
          {"mhz_per_cpu", 0},
          {"caches", Json::array()},
          {"load_avg", Json::array()},
          {"library_version", record.tool_version},
          {"library_build_type", "release"},
          {"json_schema_version", 1},
          {"falsify_study", record.study_id},
          {"falsify_verdict", criteria::Name(record.verdict)}};
}

bool IsTime(const std::string& measure) { return measure.ends_with("_time") || measure == "ttft"; }

Json RowOf(const std::string& name, const TrialRecord& trial, double seconds, std::size_t family,
           std::size_t index, std::size_t count) {
  const auto cpu = trial.observation.measures.find("cpu_time");
  Json row = {{"name", name},
              {"family_index", family},
              {"per_family_instance_index", 0},
              {"run_name", name},
              {"run_type", "iteration"},
              {"repetitions", count},
              {"repetition_index", index},
              {"threads", 1},
              {"iterations", 1},
              {"real_time", seconds * kMilliseconds},
              {"cpu_time",
               (cpu == trial.observation.measures.end() ? seconds : cpu->second) * kMilliseconds},
              {"time_unit", "ms"}};
  for (const auto& [measure, value] : trial.observation.measures) {
    if (!IsTime(measure)) row[measure] = value;
  }
  return row;
}

}  // namespace

std::string RenderBenchmark(const Record& record) {
  Json rows = Json::array();
  std::size_t family = 0;
  for (const Series& series : SeriesOf(record)) {
    for (const char* measure : {"ttft", "ready_time", "load_time"}) {
      const std::size_t count = Values(series, measure).size();
      const std::string name = fmt::format("{} {}", series.name, measure);
      std::size_t index = 0;
      for (const TrialRecord* trial : series.trials) {
        const auto found = trial->observation.measures.find(measure);
        if (found == trial->observation.measures.end()) continue;
        rows.push_back(RowOf(name, *trial, found->second, family, index++, count));
      }
      family += count > 0 ? 1 : 0;
    }
  }
  return Dump({{"context", ContextOf(record)}, {"benchmarks", rows}});
}

}  // namespace falsify::reports
