#include <cstddef>
#include <memory>
#include <sys/mman.h>

#include "benchmark/benchmark.h"
#include "harness/trial/process_runner.h"

namespace falsify::harness {
namespace {

// Everything a trial costs besides what it measures: spawn, spec, answer, reap, scratch directory.
void BM_NullTrial(benchmark::State& state) {
  const auto resident = static_cast<std::size_t>(state.range(0)) << 20;
  void* ballast = resident == 0 ? nullptr
                                : mmap(nullptr, resident, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  auto runner = ProcessRunner::Open(
      {.executable = TRIAL_TEST_WORKER, .arguments = {}, .pass_environment = {}});
  TrialSpec spec;
  spec.loader.name = "ok";
  double spawn_seconds = 0;
  for (auto _ : state) {
    const auto observation = (*runner)->Run(spec);
    if (!observation || observation->outcome != Outcome::kOk) {
      state.SkipWithError("the worker did not answer");
      break;
    }
    spawn_seconds += observation->spawn_seconds;
  }
  state.counters["spawn_to_main_s"] =
      benchmark::Counter(spawn_seconds, benchmark::Counter::kAvgIterations);
  if (ballast != nullptr) munmap(ballast, resident);
}
BENCHMARK(BM_NullTrial)->ArgName("parent_MiB")->Arg(0)->Arg(400)->UseRealTime();

}  // namespace
}  // namespace falsify::harness

BENCHMARK_MAIN();
