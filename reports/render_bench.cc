// What a large record takes to be read and rendered, format by format: 10,000 trials, at most 1 s
// and 200 MiB. `peak_MiB` is this process's largest resident set meanwhile.
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "harness/record.h"
#include "nlohmann/json.hpp"
#include "reports/example_records.h"
#include "reports/formats.h"

namespace falsify::reports {
namespace {

constexpr std::size_t kTrials = 10'000;

const std::string& LargeRecord() {
  static const std::string kText = [] {
    harness::Record record = AuditRecord();
    const std::vector<harness::TrialRecord> few = record.trials;
    while (record.trials.size() < kTrials) {
      record.trials.push_back(few[record.trials.size() % few.size()]);
      record.trials.back().number = record.trials.size();
    }
    return harness::RecordText(record);
  }();
  return kText;
}

/// Has the kernel forget the largest resident set so far (proc(5)). False if it does not.
bool ForgetPeak() {
  std::ofstream file("/proc/self/clear_refs");
  file << 5 << std::flush;
  return file.good();
}

/// In MiB.
double Peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

void BM_Render(benchmark::State& state, const ReportFormat& format) {
  const std::string& text = LargeRecord();
  if (!ForgetPeak()) return state.SkipWithError("no peak of its own");
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto record = harness::RecordFromJson(nlohmann::json::parse(text));
    if (!record) return state.SkipWithError(record.error().Line().c_str());
    bytes = format.render(*record).size();
  }
  state.counters["record_bytes"] = static_cast<double>(text.size());
  state.counters["report_bytes"] = static_cast<double>(bytes);
  state.counters["peak_MiB"] = Peak();
}

}  // namespace
}  // namespace falsify::reports

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const falsify::reports::ReportFormat& format : falsify::reports::ReportFormats()) {
    benchmark::RegisterBenchmark(std::string(format.name).c_str(), falsify::reports::BM_Render,
                                 format)
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
}
