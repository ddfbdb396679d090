#include "harness/workloads/steady.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "harness/workloads/phase_clock.h"
#include "loaders/loader.h"

namespace falsify::harness {
namespace {

constexpr int kRepetitions = 9;
constexpr double kSecondsEach = 0.02;

/// Keeps the seconds per iteration of each repetition and prints nothing.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
      seconds.push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
    }
  }

  std::vector<double> seconds;
};

double MedianOf(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

Result<void> RunSteady(const TrialSpec& spec, Observation& seen) {
  std::optional<Error> failed;
  const double delay = spec.sabotage.kind == Sabotage::Kind::kDelay ? spec.sabotage.amount : 0;
  const auto load = [&](benchmark::State& state) {
    for (auto unused : state) {
      auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
      if (!model) {
        failed = model.error();
        state.SkipWithError("refused");
        break;
      }
      if (delay > 0) std::this_thread::sleep_for(std::chrono::duration<double>(delay));
      benchmark::DoNotOptimize(*model);
      seen.load = (*model)->report();
    }
  };
  PhaseClock clock;
  clock.Begin("steady");
  int arguments = 1;
  char name[] = "steady";
  char* argv[] = {name, nullptr};
  benchmark::Initialize(&arguments, argv);
  benchmark::RegisterBenchmark("load", load)
      ->Repetitions(kRepetitions)
      ->MinTime(kSecondsEach)
      ->UseRealTime();
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  clock.Stop();
  if (failed) return Fail(*std::move(failed));
  if (collector.seconds.empty()) {
    return Fail({.code = "WORKER_STEADY",
                 .where = spec.model_path,
                 .what = "no repetition was timed",
                 .hint = {}});
  }
  seen.measures["load_time"] = MedianOf(collector.seconds);
  seen.measures["repetitions"] = static_cast<double>(collector.seconds.size());
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  return {};
}

}  // namespace falsify::harness
