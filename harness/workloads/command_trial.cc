#include "harness/workloads/command_trial.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/meters/tree_meter.h"
#include "harness/study/sha256.h"
#include "harness/workloads/engine.h"
#include "harness/workloads/http_trial.h"
#include "harness/workloads/outside_subject.h"
#include "harness/workloads/phase_clock.h"
#include "harness/workloads/prompt.h"
#include "harness/workloads/saboteur.h"
#include "loaders/external/program.h"

namespace falsify::harness {
namespace {

constexpr std::array<std::string_view, 4> kWorks = {"open", "touch", "first_token", "digest"};

using loaders::Program;
using loaders::ProgramEvent;
using loaders::ProgramRequest;
using loaders::StoredModel;

Result<ProgramRequest> RequestOf(const TrialSpec& spec, const StoredModel& own) {
  ProgramRequest request = {.model = spec.model_path,
                            .work = spec.workload.kind,
                            .threads = spec.threads,
                            .prompt = {},
                            .options = spec.loader.options};
  if (std::ranges::find(kWorks, request.work) == kWorks.end()) {
    return Fail({"WORKLOAD_COMMAND", spec.loader.name,
                 fmt::format("{} needs a loader inside our own process", request.work),
                 "write a plug-in"});
  }
  if (request.work != "first_token") return request;
  const Result<loaders::ModelConfig> config = own.Config();
  if (!config) return Fail(config.error());
  auto prompt = PromptOf(own, *config, spec.workload);
  if (!prompt) return Fail(std::move(prompt.error()));
  request.prompt = std::move(*prompt);
  return request;
}

std::string_view PhaseOf(const WorkloadSpec& workload) {
  return workload.kind == "first_token" ? "engine" : std::string_view(workload.kind);
}

/// The tensors that a program has told of, by name.
using Told = std::map<std::string, nlohmann::json>;

Result<void> Work(const TrialSpec& spec, Program& program, Observation& seen) {
  const std::string& work = spec.workload.kind;
  if (work == "touch") {
    const auto touched = program.Expect("touched");
    return touched ? Result<void>() : Fail(touched.error());
  }
  if (work == "first_token") {
    const auto token = AwaitFirstToken(program, spec.loader.program.front());
    if (!token) return Fail(token.error());
    // The sabotage of this invariant is a program that chooses another token.
    const bool other = spec.sabotage.kind == Sabotage::Kind::kNegateOutput;
    seen.digests["first_token"] = std::to_string(*token + (other ? 1 : 0));
    return {};
  }
  return {};
}

/// Events up to `done`; the tensors among them, where they were asked for.
Result<void> AwaitDone(const TrialSpec& spec, const StoredModel& own, Program& program,
                       Told& told) {
  const std::size_t most = own.header().tensors().size() + 1;
  for (;;) {
    Result<ProgramEvent> event = program.Next();
    if (!event) return Fail(std::move(event.error()));
    if (event->name == "done") return {};
    const bool expected = event->name == "tensor" && spec.workload.kind == "digest";
    if (!expected || told.size() > most) {
      return Fail({"COMMAND_PROTOCOL", spec.loader.program.front(),
                   fmt::format("it said \"{}\", expected \"done\"", event->name),
                   "see protocol.md"});
    }
    const auto name = event->fields.find("name");
    const bool named = name != event->fields.end() && name->is_string();
    const std::string key = named ? name->get<std::string>() : std::string();
    told[key] = std::move(event->fields);
  }
}

/// What of one tensor differs; empty if nothing does.
Result<std::string> Difference(const loaders::TensorInfo& tensor, const StoredModel& own,
                               const Told& told) {
  const auto found = told.find(std::string(tensor.name));
  if (found == told.end()) return fmt::format("tensor \"{}\" is not told of", tensor.name);
  const nlohmann::json& fields = found->second;
  const auto is = [&](const char* key, const nlohmann::json& expected) {
    const auto value = fields.find(key);
    return value != fields.end() && *value == expected;
  };
  if (!is("dtype", loaders::Traits(tensor.dtype).name)) {
    return fmt::format("tensor \"{}\" has another dtype", tensor.name);
  }
  if (!is("shape", std::vector<std::uint64_t>(tensor.shape.begin(), tensor.shape.end()))) {
    return fmt::format("tensor \"{}\" has another shape", tensor.name);
  }
  const Result<std::span<const std::byte>> bytes = own.Stored(tensor);
  if (!bytes) return Fail(bytes.error());
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (!is("sha256", Sha256Hex(text))) {
    return fmt::format("tensor \"{}\" has other bytes", tensor.name);
  }
  return std::string();
}

Result<std::string> FirstDifference(const StoredModel& own, const Told& told) {
  if (told.size() > own.header().tensors().size()) return std::string("it tells of more tensors");
  for (const loaders::TensorInfo& tensor : own.header().tensors()) {
    Result<std::string> difference = Difference(tensor, own, told);
    if (!difference || !difference->empty()) return difference;
  }
  return std::string();
}

Result<void> Digest(const TrialSpec& spec, const StoredModel& own, const Told& told,
                    Observation& seen) {
  const Result<std::string> difference = FirstDifference(own, told);
  if (!difference) return Fail(difference.error());
  if (!difference->empty()) {
    seen.digests["payload"] = "differs: " + *difference;
    return {};
  }
  return TellOwnContent(own, spec.model_path, seen);
}

void SetMeasures(const TrialSpec& spec, const PhaseClock& clock, double load_seconds,
                 const TreeFigures& figures, std::uint64_t payload_bytes, Observation& seen) {
  const std::string& work = spec.workload.kind;
  seen.measures["load_time"] = load_seconds;
  TellFigures(figures, seen);
  if (work == "first_token") seen.measures["ttft"] = clock.total_seconds();
  if (work != "touch") return;
  const double ready = clock.total_seconds();
  seen.measures["materialize_time"] = ready - load_seconds;
  seen.measures["ready_time"] = ready;
  if (ready > 0) seen.measures["throughput"] = static_cast<double>(payload_bytes) / ready;
}

}  // namespace

bool IsCommand(const loaders::LoaderChoice& loader) { return loader.name == "command"; }

Result<void> RunCommand(const TrialSpec& spec, Observation& seen) {
  const Result<std::unique_ptr<StoredModel>> own = OpenOwn(spec.model_path);
  if (!own) return Fail(own.error());
  const Result<ProgramRequest> request = RequestOf(spec, **own);
  if (!request) return Fail(request.error());
  Result<Program> program = Program::Start(spec.loader.program);
  if (!program) return Fail(std::move(program.error()));
  // What sabotage adds, it adds to this process, which then counts as one of the program's.
  const bool sabotaged = spec.sabotage.kind != Sabotage::Kind::kNone;
  Result<TreeMeter> meter = TreeMeter::Begin(sabotaged ? ::getpid() : program->pid());
  if (!meter) return Fail(std::move(meter.error()));
  Told told;
  PhaseClock clock;
  clock.Begin("open");
  if (Result<void> sent = program->Send(*request); !sent) return sent;
  if (const auto opened = program->Expect("opened"); !opened) return Fail(opened.error());
  Saboteur saboteur(spec.sabotage, spec.model_path);
  if (Result<void> done = saboteur.OnLoaded(**own, clock); !done) return done;
  const double load_seconds = clock.total_seconds();
  if (spec.workload.kind == "open") {
    clock.Pause();
    const Result<double> held = meter->GrowthNow();
    if (!held) return Fail(held.error());
    seen.measures["rss_after_load"] = *held;
    clock.Resume();
  } else {
    clock.Begin(PhaseOf(spec.workload));
  }
  if (Result<void> worked = Work(spec, *program, seen); !worked) return worked;
  saboteur.OnWorked(clock);
  clock.Stop();
  if (Result<void> done = AwaitDone(spec, **own, *program, told); !done) return done;
  const Result<TreeFigures> figures = meter->Finish();
  if (!figures) return Fail(figures.error());
  if (spec.workload.kind == "digest") {
    // The sabotage of this invariant is a program that holds another byte.
    if (spec.sabotage.kind == Sabotage::Kind::kFlipByte && !told.empty()) {
      told.begin()->second["sha256"] = "";
    }
    if (Result<void> digested = Digest(spec, **own, told, seen); !digested) return digested;
  }
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  SetMeasures(spec, clock, load_seconds, *figures, loaders::PayloadBytes((*own)->header()), seen);
  return {};
}

Result<void> ProveCommand(const TrialSpec& given, Observation& seen) {
  TrialSpec spec = given;
  spec.workload = {.kind = "digest"};
  const Result<std::unique_ptr<StoredModel>> own = OpenOwn(spec.model_path);
  if (!own) return Fail(own.error());
  const Result<ProgramRequest> request = RequestOf(spec, **own);
  if (!request) return Fail(request.error());
  Result<Program> program = Program::Start(spec.loader.program);
  if (!program) return Fail(std::move(program.error()));
  if (Result<void> sent = program->Send(*request); !sent) return sent;
  Told told;
  const auto opened = program->Expect("opened");
  const Result<void> done = opened ? AwaitDone(spec, **own, *program, told) : Fail(opened.error());
  if (done) return Digest(spec, **own, told, seen);
  return done.error().code == "COMMAND_UNSUPPORTED" ? TakeAtItsWord(given, seen) : done;
}

}  // namespace falsify::harness
