#include "harness/cli/run_session.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <random>
#include <thread>
#include <unistd.h>
#include <utility>

#include "fmt/chrono.h"
#include "fmt/format.h"
#include "harness/cli/draw.h"
#include "harness/cli/models.h"
#include "harness/cli/needs.h"
#include "harness/cli/signals.h"
#include "harness/cli/terminal.h"
#include "harness/cli/verdict_table.h"
#include "harness/cli/write_reports.h"
#include "harness/environment.h"
#include "harness/evidence.h"
#include "harness/experiment.h"
#include "harness/impossible.h"
#include "harness/journal.h"
#include "harness/plan.h"
#include "harness/real_host.h"
#include "harness/self_check.h"
#include "harness/study/read_study.h"
#include "harness/trial/process_runner.h"
#include "reports/facts/verdict_line.h"

namespace falsify::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kExitInterrupted = 128;  // plus the signal
constexpr int kFloorTrials = 5;

struct Opened {
  harness::Journal journal;
  std::vector<harness::JournalEntry> recorded;
};

std::string OutDirectory(const RunRequest& request, const harness::Study& study) {
  return request.out_directory.empty() ? "falsify-out/" + study.id : request.out_directory;
}

Result<void> MakeDirectory(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) {
    return Fail(SystemError("OUT_DIRECTORY", path, "create the output folder", failed.value()));
  }
  return {};
}

Result<Opened> OpenJournal(const std::string& path, bool resume) {
  std::vector<harness::JournalEntry> recorded;
  Result<harness::Journal> journal =
      resume ? harness::Journal::Open(path, recorded) : harness::Journal::Create(path);
  if (!journal) return Fail(journal.error());
  if (!journal->notice().empty()) fmt::print(stderr, "falsify: {}\n", journal->notice());
  return Opened{std::move(*journal), std::move(recorded)};
}

/// The first step binds the journal to the study, the binary and the options that decide; a resumed
/// run takes its seed and start from there.
struct Head {
  std::uint64_t seed = 0;
  std::string started_at;
};

Result<Head> Begin(const RunRequest& request, const harness::Study& study, harness::Steps& steps) {
  const Result<std::string> binary = harness::BinarySha256();
  if (!binary) return Fail(binary.error());
  const nlohmann::json identity = {
      {"study_sha256", study.sha256},
      {"overrides", request.overrides},
      {"only", request.only},
      {"prove", !request.no_prove},
      {"version", FALSIFY_VERSION},
      {"binary_sha256", *binary},
      {"max_seconds", request.max_seconds ? nlohmann::json(*request.max_seconds) : nullptr}};
  Result<nlohmann::json> head = steps.Do("head", identity, [&]() -> Result<nlohmann::json> {
    const std::uint64_t drawn = std::random_device{}();
    return nlohmann::json{
        {"seed", request.seed.value_or(drawn)},
        {"started_at", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))}};
  });
  if (!head) return Fail(head.error());
  return Head{(*head)["seed"].get<std::uint64_t>(), (*head)["started_at"].get<std::string>()};
}

/// The short form of what `falsify doctor` asks: how short a time can be told from none here.
Result<double> NoiseFloor(harness::TrialRunner& runner, const std::string& path,
                          harness::Steps& steps) {
  Result<nlohmann::json> step =
      steps.Do("noise_floor", nlohmann::json::object(), [&]() -> Result<nlohmann::json> {
        const Result<double> floor = harness::NoiseFloorSeconds(runner, path, kFloorTrials);
        if (!floor) return Fail(floor.error());
        return nlohmann::json(*floor);
      });
  if (!step) return Fail(step.error());
  return step->get<double>();
}

std::vector<std::string> ReproduceCommand(const RunRequest& request, std::uint64_t seed) {
  std::vector<std::string> command = {"falsify", "run", request.study_path};
  for (const std::string& override_text : request.overrides) {
    command.insert(command.end(), {"--set", override_text});
  }
  for (const std::string& id : request.only) command.insert(command.end(), {"--only", id});
  for (const std::string& folder : request.writable) {
    command.insert(command.end(), {"--writable", folder});
  }
  if (request.no_prove) command.emplace_back("--no-prove");
  command.insert(command.end(), {"--seed", std::to_string(seed)});
  return command;
}

/// The record always, the Markdown report since people look for it, and what else was asked for.
Result<void> Save(const std::string& out, const harness::Record& record,
                  std::vector<std::string> formats) {
  std::erase(formats, "json");
  std::erase(formats, "md");
  formats.insert(formats.begin(), {"json", "md"});
  return WriteReports(record, formats, out);
}

void WarnOfPlan(const harness::Study& study, std::vector<std::string>& warnings) {
  for (const harness::HypothesisPlan& plan : harness::PlanOf(study)) {
    if (plan.warning.empty()) continue;
    warnings.push_back(plan.id + ": " + plan.warning);
    fmt::print(stderr, "falsify: warning: {}\n", Printable(warnings.back()));
  }
}

Result<int> RunWhole(const RunRequest& request) {
  Result<harness::Study> study =
      harness::ReadStudy(request.study_path, StudyVocabulary(), request.overrides);
  if (!study) return Fail(study.error());
  std::vector<std::string> warnings;
  WarnOfPlan(*study, warnings);
  for (const std::string& line : NeedLines(*study)) {
    fmt::print(stderr, "falsify: {}\n", Printable(line));
  }
  const std::string out = OutDirectory(request, *study);
  if (Result<void> made = MakeDirectory(out); !made) return Fail(made.error());
  Result<Opened> opened = OpenJournal(out + "/journal.jsonl", request.resume);
  if (!opened) return Fail(opened.error());

  const auto runner =
      harness::ProcessRunner::Open({.writable = request.writable, .sandbox = study->sandbox});
  if (!runner) return Fail(runner.error());
  StopOnSignals(**runner);
  harness::RealHost host(**runner);
  harness::JournalSteps steps(opened->journal, std::move(opened->recorded), host);
  const Result<Head> head = Begin(request, *study, steps);
  if (!head) return Fail(head.error());

  const Result<double> floor = NoiseFloor(**runner, study->path, steps);
  if (!floor) return Fail(floor.error());

  ProgressLine progress(request.progress);
  const harness::RunOptions options = {
      .seed = head->seed,
      .max_seconds = request.max_seconds,
      .only = request.only,
      .prove = request.no_prove ? harness::Prove::kNo : harness::Prove::kYes,
      .noise_floor_seconds = *floor};
  harness::RunContext context{host,
                              **runner,
                              steps,
                              progress,
                              ModelResolver(*study, CacheDirectory(request.cache_directory),
                                            std::max(1U, std::thread::hardware_concurrency())),
                              MalformedResolver(CacheDirectory(request.cache_directory))};
  Result<harness::Record> record = harness::RunStudy(*study, options, context);
  progress.Clear();
  if (!record && record.error().code == "TRIAL_INTERRUPTED") {
    fmt::print(stderr, "falsify: interrupted after {:.0f} s; go on with --resume --out {}\n",
               steps.now(), Printable(out));
    return kExitInterrupted + StopSignal();
  }
  if (!record) return Fail(record.error());
  record->tool_version = FALSIFY_VERSION;
  record->started_at = head->started_at;
  record->command = ReproduceCommand(request, head->seed);
  record->warnings.insert(record->warnings.begin(), warnings.begin(), warnings.end());
  harness::DescribeHost(*record, host);
  record->environment["confinement"] = (*runner)->Protection();
  record->limits.push_back(
      {"noise_floor",
       fmt::format("longest load_time of {} trials of a loader that does nothing", kFloorTrials),
       *floor, "s"});
  for (std::string& line : harness::ImpossibleSpeeds(*record)) {
    record->warnings.push_back(std::move(line));
  }
  if (request.evidence) {
    Result<harness::EvidenceRecord> evidence =
        harness::GatherEvidence(*record, opened->journal.head_hash());
    if (!evidence) return Fail(std::move(evidence.error()));
    record->evidence = std::move(*evidence);
    fmt::print("journal: sha256 {}\n", record->evidence->journal_head);
  }
  record->pictures = DrawPictures(*record, out);
  if (Result<void> saved = Save(out, *record, request.formats); !saved) return Fail(saved.error());
  fmt::print("{}report: {}/report.md\nrecord: {}/record.json\n{}\n",
             VerdictTable(*record, MayColour(STDOUT_FILENO)), Printable(out), Printable(out),
             reports::VerdictLine(*record));
  return record->exit_code;
}

}  // namespace

Result<int> RunSession(const RunRequest& request) {
  Result<int> exit_code = RunWhole(request);
  if (exit_code || exit_code.error().code != "TRIAL_INTERRUPTED") return exit_code;
  fmt::print(stderr, "falsify: interrupted before the first trial\n");
  return kExitInterrupted + StopSignal();
}

}  // namespace falsify::cli
