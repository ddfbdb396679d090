#include "harness/workloads/worker.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/guest_memory.h"
#include "harness/trial/worker_io.h"
#include "harness/workloads/command_trial.h"
#include "harness/workloads/concurrent.h"
#include "harness/workloads/http_trial.h"
#include "harness/workloads/model_facts.h"
#include "harness/workloads/reject.h"
#include "harness/workloads/saboteur.h"
#include "harness/workloads/soak.h"
#include "harness/workloads/steady.h"
#include "harness/workloads/trial_meters.h"
#include "harness/workloads/weights_used.h"
#include "harness/workloads/workload.h"
#include "loaders/digest.h"
#include "loaders/external/plugin_check.h"
#include "loaders/loader.h"
#include "loaders/non_finite.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"

namespace falsify::harness {
namespace {

constexpr int kAnswered = 0;
constexpr int kNotAnswered = 3;

Observation Refusal(Error error) {
  Observation seen;
  seen.outcome = Outcome::kRefused;
  seen.error = std::move(error);
  return seen;
}

void SetTimes(const PhaseClock& clock, std::uint64_t payload_bytes, double load_seconds,
              const WorkloadSpec& workload, Observation& seen) {
  seen.measures["load_time"] = load_seconds;
  if (workload.kind == "touch") {
    const double ready = load_seconds + clock.Seconds("touch");
    seen.measures["materialize_time"] = clock.Seconds("touch");
    seen.measures["ready_time"] = ready;
    if (ready > 0) seen.measures["throughput"] = static_cast<double>(payload_bytes) / ready;
  }
  if (workload.kind == "first_token") seen.measures["ttft"] = seen.total_seconds;
  if (workload.kind == "generate" && clock.Seconds("decode") > 0) {
    seen.measures["decode_rate"] = (workload.max_tokens - 1) / clock.Seconds("decode");
  }
}

/// The trial itself; what it has seen so far is in `seen` even where it fails.
Result<void> RunMetered(const TrialSpec& spec, Observation& seen) {
  Result<TrialMeters> meters = TrialMeters::Begin();
  if (!meters) return Fail(meters.error());
  PhaseClock clock;
  clock.Begin("open");
  const auto model = loaders::Load(spec.model_path, spec.loader, spec.threads,
                                   [&](std::string_view phase) { clock.Begin(phase); });
  if (!model) return Fail(model.error());
  Saboteur saboteur(spec.sabotage, spec.model_path);
  if (Result<void> done = saboteur.OnLoaded(**model, clock); !done) return done;
  clock.Pause();
  const double load_seconds = clock.total_seconds();
  const Result<const loaders::Model*> shown = saboteur.Seen(**model);
  if (!shown) return Fail(shown.error());
  if (Result<void> read = meters->OnLoaded(**shown, seen); !read) return read;
  if (Result<void> resumed = meters->Resume(); !resumed) return resumed;
  clock.Resume();
  WorkloadContext context{**shown, spec.workload, spec.threads, spec.model_path, clock, seen};
  const Result<void> ran = RunWorkload(context);
  saboteur.OnWorked(clock);
  clock.Stop();
  if (!ran) return ran;
  if (Result<void> read = meters->Finish(seen, spec.timeline); !read) return read;
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  seen.load = (*model)->report();
  SetTimes(clock, loaders::PayloadBytes((*model)->header()), load_seconds, spec.workload, seen);
  return {};
}

Error NotInside(const TrialSpec& spec) {
  return {.code = "WORKLOAD_COMMAND",
          .where = spec.loader.name,
          .what = "steady mode needs a loader inside our own process",
          .hint = "write a plug-in"};
}

/// Workloads that load more than once, or in more than one process, meter themselves.
Result<void> RunByKind(const TrialSpec& spec, Observation& seen) {
  if (IsServer(spec.loader)) {
    return spec.workload.kind == "weights_used" ? RunWeightsUsed(spec, seen) : RunHttp(spec, seen);
  }
  if (IsCommand(spec.loader) && spec.workload.kind != "reject") {
    if (spec.mode == Mode::kSteady) return Fail(NotInside(spec));
    return spec.workload.kind == "weights_used" ? RunWeightsUsed(spec, seen)
                                                : RunCommand(spec, seen);
  }
  if (spec.mode == Mode::kSteady) return RunSteady(spec, seen);
  if (spec.workload.kind == "soak") return RunSoak(spec, seen);
  if (spec.workload.kind == "concurrent") return RunConcurrent(spec, seen);
  if (spec.workload.kind == "weights_used") return RunWeightsUsed(spec, seen);
  if (spec.workload.kind == "reject") return RunReject(spec, seen);
  return RunMetered(spec, seen);
}

Observation RunTrial(const TrialSpec& spec) {
  Observation seen;
  const Result<void> ran = RunByKind(spec, seen);
  return ran ? std::move(seen) : Refusal(ran.error());
}

Observation RunInspect(const TrialSpec& spec) {
  const auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
  if (!model) return Refusal(model.error());
  Observation seen;
  seen.facts = FactsOf(**model);
  return seen;
}

Observation RunVerify(const TrialSpec& spec) {
  const auto model = loaders::OpenModel(spec.model_path, &loaders::OpenMmap, {}, {});
  if (!model) return Refusal(model.error());
  Observation seen;
  seen.facts = FactsOf(**model);
  if (const Result<void> verified = (*model)->Verify(); !verified) return Refusal(verified.error());
  const std::vector<std::string> odd = loaders::FindNonFinite(**model);
  seen.facts->findings.insert(seen.facts->findings.end(), odd.begin(), odd.end());
  const auto digests = loaders::DigestPayload(**model, spec.model_path);
  if (!digests) return Refusal(digests.error());
  seen.facts->payload_digest = digests->payload;
  return seen;
}

Observation RunProof(const TrialSpec& spec) {
  if (IsCommand(spec.loader) || IsServer(spec.loader)) {
    Observation seen;
    const Result<void> proven =
        IsServer(spec.loader) ? TakeAtItsWord(spec, seen) : ProveCommand(spec, seen);
    return proven ? seen : Refusal(proven.error());
  }
  const auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
  if (!model) return Refusal(model.error());
  const auto digests = loaders::DigestPayload(**model, spec.model_path);
  if (!digests) return Refusal(digests.error());
  Observation seen;
  TellContent(*digests, seen);
  return seen;
}

Observation RunPrime(const TrialSpec& spec) {
  const auto primed = PrimeGuestMemory(spec.prime_bytes);
  if (!primed) return Refusal(primed.error());
  return {};
}

Observation RunCheckPlugin(const TrialSpec& spec) {
  if (spec.loader.program.size() != 1) {
    return Refusal({"WORKER_SPEC", "loader", "no library to check", {}});
  }
  Observation seen;
  int number = 0;
  for (const loaders::PluginCheck& check :
       loaders::CheckPluginCalls(spec.loader.program.front(), spec.model_path)) {
    seen.digests[fmt::format("{:02} {}", ++number, check.rule)] =
        check.problem.empty() ? std::string(loaders::kRuleKept) : check.problem;
  }
  return seen;
}

}  // namespace

Observation DoJob(const TrialSpec& spec) {
  switch (spec.job) {
    case Job::kTrial:
      return RunTrial(spec);
    case Job::kInspect:
      return RunInspect(spec);
    case Job::kVerify:
      return RunVerify(spec);
    case Job::kProve:
      return RunProof(spec);
    case Job::kPrime:
      return RunPrime(spec);
    case Job::kCheckPlugin:
      return RunCheckPlugin(spec);
  }
  return Refusal({.code = "WORKER_SPEC", .where = "job", .what = "unknown job", .hint = {}});
}

int WorkerMain() {
  MarkMainEntered();
  const Result<TrialSpec> spec = ReadSpec();
  if (!spec) {
    std::fprintf(stderr, "%s\n", spec.error().Line().c_str());
    return kNotAnswered;
  }
  const Result<void> answered = WriteAnswer(*spec, DoJob(*spec));
  if (!answered) std::fprintf(stderr, "%s\n", answered.error().Line().c_str());
  return answered ? kAnswered : kNotAnswered;
}

}  // namespace falsify::harness
