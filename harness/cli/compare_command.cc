#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fmt/chrono.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "harness/cli/commands.h"
#include "harness/cli/compare_table.h"
#include "harness/cli/models.h"
#include "harness/cli/progress.h"
#include "harness/cli/signals.h"
#include "harness/durable_file.h"
#include "harness/environment.h"
#include "harness/journal.h"
#include "harness/real_host.h"
#include "harness/study/measures.h"
#include "harness/survey.h"
#include "harness/trial/process_runner.h"

namespace falsify::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kExitInterrupted = 128;  // plus the signal

struct Options {
  std::vector<std::string> models;
  std::vector<std::string> loaders = {"read", "mmap"};
  std::vector<std::string> caches = {"warm"};
  std::vector<std::string> measures = {"load_time", "ready_time", "peak_anon"};
  std::string out = "falsify-out/compare";
  int blocks = 10;
  unsigned prompt_tokens = 9;
  unsigned threads = 2;
  double timeout_seconds = 60;
  bool json = false;
  bool quiet = false;
};

Error UsageError(const std::string& where, std::string what,
                 const std::vector<std::string>& valid) {
  return {.code = "USAGE",
          .where = where,
          .what = std::move(what),
          .hint = fmt::format("one of {}", fmt::join(valid, ", "))};
}

Result<void> CheckWords(const Options& options) {
  std::vector<std::string> loader_names;
  for (const auto& entry : loaders::Loaders()) loader_names.emplace_back(entry.name);
  for (const std::string& name : options.loaders) {
    if (loaders::FindLoader(name) == nullptr) {
      return Fail(
          UsageError("--loaders", fmt::format("unknown loader \"{}\"", name), loader_names));
    }
  }
  std::vector<std::string> measure_names;
  for (const auto& entry : harness::Measures()) measure_names.emplace_back(entry.name);
  for (const std::string& name : options.measures) {
    if (harness::FindMeasure(name) == nullptr) {
      return Fail(
          UsageError("--measure", fmt::format("unknown measure \"{}\"", name), measure_names));
    }
  }
  for (const std::string& name : options.caches) {
    if (name != "warm" && name != "cold") {
      return Fail(
          UsageError("--cache", fmt::format("unknown state \"{}\"", name), {"warm", "cold"}));
    }
  }
  return {};
}

/// The workloads that yield all measures asked for.
std::vector<harness::WorkloadSpec> WorkloadsFor(const Options& options) {
  std::vector<harness::WorkloadSpec> workloads;
  for (const std::string& name : options.measures) {
    const harness::MeasureEntry& measure = *harness::FindMeasure(name);
    if (!measure.needs_workload) continue;
    const harness::WorkloadSpec workload = {std::string(measure.workload), options.prompt_tokens};
    if (std::find(workloads.begin(), workloads.end(), workload) == workloads.end()) {
      workloads.push_back(workload);
    }
  }
  if (workloads.empty()) workloads.push_back({"open", options.prompt_tokens});
  return workloads;
}

harness::Study StudyOf(const Options& options) {
  harness::Study study;
  study.id = "compare";
  study.title = fmt::format("Comparison of {} on {}", fmt::join(options.loaders, ", "),
                            fmt::join(options.models, ", "));
  for (const std::string& model : options.models) {
    study.models.push_back({.name = model, .origin = model, .at = {}});
    for (const std::string& loader : options.loaders) {
      const std::string name =
          options.models.size() == 1
              ? loader
              : fmt::format("{} {}", fs::path(model).filename().string(), loader);
      study.subjects.push_back({.name = name, .loader = {loader, {}}, .model = model, .at = {}});
    }
  }
  return study;
}

harness::SurveyPlan PlanOf(const harness::Study& study, const Options& options) {
  harness::SurveyPlan plan;
  plan.blocks = options.blocks;
  plan.seed = std::random_device{}();
  for (const harness::SubjectSpec& subject : study.subjects) {
    for (const harness::WorkloadSpec& workload : WorkloadsFor(options)) {
      for (const std::string& cache : options.caches) {
        plan.keys.push_back(
            {.subject = subject.name,
             .workload = workload,
             .cache = cache == "warm" ? harness::Cache::kWarm : harness::Cache::kCold,
             .threads = options.threads,
             .timeout_seconds = options.timeout_seconds});
      }
    }
  }
  return plan;
}

Result<harness::Record> Survey(const harness::Study& study, const Options& options) {
  std::error_code failed;
  fs::create_directories(options.out, failed);
  if (failed) {
    return Fail(
        SystemError("OUT_DIRECTORY", options.out, "create the output folder", failed.value()));
  }
  Result<harness::Journal> journal = harness::Journal::Create(options.out + "/journal.jsonl");
  if (!journal) return Fail(journal.error());
  const auto runner = harness::ProcessRunner::Open({});
  if (!runner) return Fail(runner.error());
  StopOnSignals(**runner);
  harness::RealHost host(**runner);
  harness::JournalSteps steps(*journal, {}, host);
  ProgressLine progress(options.quiet ? ProgressLine::Show::kNever
                                      : ProgressLine::Show::kOnTerminal);
  const harness::SurveyPlan plan = PlanOf(study, options);
  Result<harness::Record> record = harness::RunSurvey(
      study, plan,
      {host, **runner, steps, progress, ModelResolver(study, CacheDirectory({}), options.threads)});
  progress.Clear();
  if (!record) return record;
  record->tool_version = FALSIFY_VERSION;
  record->started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  harness::DescribeHost(*record, host);
  record->environment["confinement"] = (*runner)->Protection();
  return record;
}

/// 0 if every subject was measured; a subject that was not is an error, whatever the others did.
int ExitCodeOf(const harness::Record& record, const harness::Study& study) {
  for (const harness::SubjectSpec& subject : study.subjects) {
    const bool measured = std::any_of(
        record.summaries.begin(), record.summaries.end(),
        [&](const harness::SummaryRecord& s) { return s.subject == subject.name && s.ok > 0; });
    if (!measured) return kExitError;
  }
  return kExitPass;
}

int Compare(const Options& options) {
  if (Result<void> known = CheckWords(options); !known) return Report(known.error());
  const harness::Study study = StudyOf(options);
  Result<harness::Record> record = Survey(study, options);
  if (!record && record.error().code == "TRIAL_INTERRUPTED") {
    return kExitInterrupted + StopSignal();
  }
  if (!record) return Report(record.error());
  record->exit_code = ExitCodeOf(*record, study);
  const std::string path = options.out + "/record.json";
  const Result<void> saved = harness::SaveDurably(path, harness::RecordText(*record));
  if (!saved) return Report(saved.error());
  const std::vector<CompareRow> rows = CompareRows(*record, options.measures);
  if (options.json) {
    fmt::print("{}\n", CompareJson(rows).dump(2));
  } else {
    fmt::print("{}\n{}record: {}\n", CompareText(rows), SamenessText(*record), Printable(path));
  }
  for (const std::string& warning : record->warnings) {
    fmt::print(stderr, "falsify: {}\n", Printable(warning));
  }
  return record->exit_code;
}

}  // namespace

void AddCompareCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("compare", "A table of loaders and models, without a study");
  command->add_option("models", options->models, "Model files or folders")->required();
  command->add_option("--loaders", options->loaders, "As `falsify list loaders` prints them")
      ->delimiter(',');
  command->add_option("--cache", options->caches, "warm, cold or both")->delimiter(',');
  command->add_option("--measure", options->measures, "As `falsify list measures` prints them")
      ->delimiter(',');
  command->add_option("-r,--runs", options->blocks, "Trials of each row")
      ->check(CLI::Range(1, 10000));
  command->add_option("--prompt-tokens", options->prompt_tokens, "Of ttft")
      ->check(CLI::Range(1U, 4096U));
  command->add_option("--threads", options->threads)->check(CLI::Range(1U, 256U));
  command->add_option("--out", options->out, "Folder for journal and record");
  command->add_flag("--json", options->json, "Machine-readable");
  command->add_flag("-q,--quiet", options->quiet, "No progress line");
  command->callback([options, &exit_code] { exit_code = Compare(*options); });
}

}  // namespace falsify::cli
