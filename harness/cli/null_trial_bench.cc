#include <filesystem>
#include <fstream>
#include <string>

#include "benchmark/benchmark.h"
#include "harness/journal.h"
#include "harness/real_host.h"
#include "harness/steps.h"
#include "harness/trial/process_runner.h"
#include "harness/trial_step.h"

namespace falsify::cli {
namespace {

/// What a trial costs beside its loader and its workload: the page cache made, verified and checked
/// again, a process started, met, reaped, and a journal line on disk. The bar is 10 ms.
void NullTrial(benchmark::State& state) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("falsify-null-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::string model = (folder / "model").string();
  std::ofstream(model) << std::string(1 << 20, 'x');
  {
    auto runner = harness::ProcessRunner::Open(
        {.executable = FALSIFY_BINARY, .arguments = {"worker"}, .pass_environment = {}});
    auto journal = harness::Journal::Create((folder / "journal.jsonl").string());
    if (!runner || !journal) {
      state.SkipWithError("no runner or no journal");
      return;
    }
    harness::RealHost host(**runner);
    harness::JournalSteps steps(*journal, {}, host);
    harness::TrialStep step(steps, host, **runner, /*seed=*/1);
    harness::TrialKey key;
    key.subject = "nothing";
    harness::TrialTarget target;
    target.loader.name = "null";
    target.model_path = model;
    target.files = {model};
    for (auto _ : state) {
      const auto trial = step.Run(key, target, "block", 1);
      if (!trial || trial->observation.outcome != harness::Outcome::kOk) {
        state.SkipWithError("the trial failed");
        break;
      }
    }
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(NullTrial)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(1)->Repetitions(3);

}  // namespace
}  // namespace falsify::cli

BENCHMARK_MAIN();
