#include "harness/workloads/soak.h"

#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "harness/meters/memory_rollup.h"
#include "harness/workloads/phase_clock.h"
#include "harness/workloads/saboteur.h"
#include "harness/workloads/workload.h"
#include "loaders/loader.h"

namespace falsify::harness {
namespace {

Result<double> OpenDescriptors() {
  constexpr const char* kPath = "/proc/self/fd";
  std::error_code failed;
  const std::filesystem::directory_iterator entries(kPath, failed);
  if (failed) return Fail(SystemError("METER_OPEN", kPath, "list", failed.value()));
  // The listing itself holds one descriptor, every time.
  return static_cast<double>(std::distance(begin(entries), end(entries)));
}

Result<void> Cycle(const TrialSpec& spec, Observation& seen) {
  const auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
  if (!model) return Fail(model.error());
  const Result<std::uint64_t> sum = TouchPayload(**model, spec.threads);
  if (!sum) return Fail(sum.error());
  seen.load = (*model)->report();
  return {};
}

}  // namespace

Result<void> RunSoak(const TrialSpec& spec, Observation& seen) {
  Saboteur saboteur(spec.sabotage, spec.model_path);
  PhaseClock clock;
  clock.Begin("cycles");
  // Where the figures go is held from the start: it may not look like a leak.
  std::vector<double>& rss = seen.series["rss"];
  std::vector<double>& descriptors = seen.series["descriptors"];
  rss.reserve(spec.workload.cycles);
  descriptors.reserve(spec.workload.cycles);
  for (unsigned cycle = 0; cycle < spec.workload.cycles; ++cycle) {
    if (Result<void> done = Cycle(spec, seen); !done) return done;
    if (Result<void> done = saboteur.OnCycle(); !done) return done;
    const Result<MemoryRollup> memory = ReadMemoryRollup();
    if (!memory) return Fail(memory.error());
    const Result<double> open = OpenDescriptors();
    if (!open) return Fail(open.error());
    rss.push_back(static_cast<double>(memory->rss));
    descriptors.push_back(*open);
  }
  clock.Stop();
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  return {};
}

}  // namespace falsify::harness
