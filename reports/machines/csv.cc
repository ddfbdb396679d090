#include <set>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "reports/machines/machines.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using harness::Record;
using harness::TrialRecord;

std::string Cell(std::string_view text) { return CsvText(Untrusted(text, 2000)); }

std::set<std::string> MeasuresOf(const Record& record) {
  std::set<std::string> measures;
  for (const TrialRecord& trial : record.trials) {
    for (const auto& [measure, value] : trial.observation.measures) measures.insert(measure);
  }
  return measures;
}

}  // namespace

std::string RenderCsv(const Record& record) {
  const std::set<std::string> measures = MeasuresOf(record);
  std::string out =
      "trial,hypotheses,subject,workload,cache,mode,size,block,role,sabotage,outcome,disturbed,"
      "slowdown,wall_seconds,cause";
  for (const std::string& measure : measures) out += "," + Cell(measure);
  out += "\r\n";
  for (const TrialRecord& trial : record.trials) {
    out +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", trial.number,
                    Cell(fmt::format("{}", fmt::join(trial.hypotheses, " "))), Cell(trial.subject),
                    Cell(trial.workload), Cell(trial.cache), Cell(trial.mode), trial.size,
                    trial.block, Cell(trial.role), Cell(trial.sabotage),
                    harness::Name(trial.observation.outcome), trial.disturbed, trial.slowdown,
                    trial.observation.wall_seconds, Cell(trial.observation.cause));
    for (const std::string& measure : measures) {
      const auto found = trial.observation.measures.find(measure);
      const bool measured = found != trial.observation.measures.end();
      out += measured ? fmt::format(",{}", found->second) : ",";
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace falsify::reports
