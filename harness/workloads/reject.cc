#include "harness/workloads/reject.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "fmt/format.h"
#include "harness/meters/process_memory.h"
#include "harness/workloads/command_trial.h"
#include "harness/workloads/forked.h"
#include "harness/workloads/phase_clock.h"
#include "harness/workloads/workload.h"
#include "loaders/external/program.h"
#include "loaders/loader.h"

namespace falsify::harness {
namespace {

constexpr double kLongestSeconds = 10;
constexpr std::uint64_t kOddMemory = std::uint64_t{64} << 20;  // for files of a few kB
constexpr std::string_view kRefused = "refused";

/// A program refuses by saying so: one that ends without a word has crashed.
std::string TryCommand(const TrialSpec& spec, const std::string& path) {
  auto program = loaders::Program::Start(spec.loader.program);
  if (!program) return program.error().Line();
  const Result<void> sent = program->Send({.model = path,
                                           .work = "touch",
                                           .threads = spec.threads,
                                           .prompt = {},
                                           .options = spec.loader.options});
  if (!sent) return sent.error().Line();
  for (;;) {
    const auto event = program->Next();
    if (!event) {
      return event.error().code == "COMMAND_PROTOCOL" ? event.error().Line()
                                                      : std::string(kRefused);
    }
    if (event->name == "done") return "accepted";
  }
}

/// "refused", or what the loader did instead.
std::string Try(const TrialSpec& spec, const std::string& path) {
  static_cast<void>(ResetPeak().has_value());
  const Result<MemoryNow> before = ReadProcessMemory();
  std::string said(kRefused);
  if (IsCommand(spec.loader)) return TryCommand(spec, path);
  const auto model = loaders::Load(path, spec.loader, spec.threads, {});
  if (model) {
    const Result<std::uint64_t> sum = TouchPayload(**model, spec.threads);
    said = sum ? "accepted" : "accepted, and failed when it was read: " + sum.error().code;
  }
  const Result<MemoryNow> after = ReadProcessMemory();
  if (before && after && after->hwm > before->rss + kOddMemory) {
    said = fmt::format("took {} MB of memory", (after->hwm - before->rss) >> 20);
  }
  return said;
}

}  // namespace

Result<void> RunReject(const TrialSpec& spec, Observation& seen) {
  if (spec.malformed.empty()) {
    return Fail({.code = "WORKER_SPEC",
                 .where = "malformed",
                 .what = "no malformed file to try",
                 .hint = {}});
  }
  PhaseClock clock;
  clock.Begin("reject");
  std::string odd;
  int refused = 0;
  int others = 0;
  for (const std::string& path : spec.malformed) {
    // The sabotage of this workload is a loader that takes the first malformed file for a good one.
    const bool sabotaged =
        spec.sabotage.kind == Sabotage::Kind::kAccept && path == spec.malformed.front();
    const Result<ForkedEnd> end = RunForked(
        [&] { return sabotaged ? std::string("accepted") : Try(spec, path); }, kLongestSeconds);
    if (!end) return Fail(end.error());
    if (end->text == kRefused && end->cause.empty()) {
      ++refused;
    } else if (++others <= 5) {
      // The corpus has a folder for each rule, named after it.
      odd += fmt::format("{}{}: {}", odd.empty() ? "" : "; ",
                         std::filesystem::path(path).parent_path().filename().string(),
                         end->cause.empty() ? end->text : end->cause);
    }
  }
  clock.Stop();
  seen.measures["malformed_files"] = static_cast<double>(spec.malformed.size());
  seen.measures["malformed_refused"] = refused;
  if (others > 5) odd += fmt::format("; and {} more", others - 5);
  if (!odd.empty()) seen.digests["not_refused"] = odd;
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  return {};
}

}  // namespace falsify::harness
