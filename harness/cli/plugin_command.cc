#include <filesystem>
#include <memory>
#include <string>

#include "fixtures/generate.h"
#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/run_session.h"
#include "harness/durable_file.h"
#include "harness/trial/process_runner.h"
#include "loaders/external/plugin_check.h"

namespace falsify::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kExitBroken = 1;

struct Options {
  std::string library;
  std::string model;
  std::string out = "falsify-out/plugin-check";
  bool quiet = false;
};

Error Problem(std::string code, std::string where, std::string what) {
  return {.code = std::move(code), .where = std::move(where), .what = std::move(what), .hint = {}};
}

/// The model to check on: the one given, or a tiny one made in the output folder.
Result<std::string> ModelOf(const Options& options) {
  if (!options.model.empty()) return fs::absolute(options.model).string();
  fixtures::GenerateRequest request;
  request.shape = "tiny";
  const std::string path = fs::absolute(fs::path(options.out) / "model.safetensors").string();
  const auto made = fixtures::Generate(request, path, {});
  if (!made) return Fail(made.error());
  return path;
}

/// The calls of the ABI, made in a worker: a library may crash. True if every rule is kept.
Result<bool> CheckCalls(const std::string& library, const std::string& model) {
  harness::TrialSpec spec;
  spec.job = harness::Job::kCheckPlugin;
  spec.nonce = "plugin";
  spec.model_path = model;
  spec.loader = {"plugin", {}, {library}};
  const auto runner = harness::ProcessRunner::Open({});
  if (!runner) return Fail(runner.error());
  const Result<harness::Observation> seen = (*runner)->Run(spec);
  if (!seen) return Fail(seen.error());
  if (seen->outcome != harness::Outcome::kOk) {
    fmt::print("BROKEN  the calls could not be made: {}\n", Printable(seen->cause));
    return false;
  }
  bool all = !seen->digests.empty();
  for (const auto& [rule, said] : seen->digests) {
    const bool kept = said == loaders::kRuleKept;
    all = all && kept;
    fmt::print("{:<7} {}{}\n", kept ? "ok" : "BROKEN", Printable(rule),
               kept ? "" : ": " + Printable(said));
  }
  return all;
}

/// What no call can show, as claims of a study that its author may go on with.
std::string StudyText(const std::string& library, const std::string& model) {
  return fmt::format(R"(schema: falsify/study/v1
id: PLUGIN-CHECK
title: A plug-in against the reader of this tool
models:
  model: {{path: "{}"}}
subjects:
  plugin: {{loader: {{plugin: "{}"}}, model: model}}
  reader: {{loader: mmap, model: model}}
hypotheses:
  - id: same-bytes
    claim: What it hands out is what is in the file
    subject: plugin
    measure: same_payload
    predict: {{equals: true}}
  - id: same-token
    claim: The same prompt gives the same first token as by our reader
    subject: plugin
    measure: same_first_token
    relative_to: reader
    predict: {{equals: true}}
  - id: refuses-malformed
    claim: Malformed files are refused
    subject: plugin
    measure: rejects_malformed
    predict: {{equals: true}}
  - id: no-leak
    claim: Loading again and again leaves nothing behind
    subject: plugin
    measure: no_leak
    workload: {{soak: {{cycles: 20}}}}
    predict: {{equals: true}}
  - id: threads
    claim: Loads side by side give the same bytes
    subject: plugin
    measure: same_payload
    workload: {{concurrent: {{threads: 4}}}}
    predict: {{equals: true}}
)",
                     model, library);
}

Result<int> Check(const Options& options) {
  std::error_code failed;
  const std::string library = fs::absolute(options.library).string();
  if (!fs::is_regular_file(library, failed)) {
    return Fail(Problem("PLUGIN_OPEN", options.library, "there is no such file"));
  }
  fs::create_directories(options.out, failed);
  if (failed) {
    return Fail(
        SystemError("OUT_DIRECTORY", options.out, "create the output folder", failed.value()));
  }
  const Result<std::string> model = ModelOf(options);
  if (!model) return Fail(model.error());
  const Result<bool> kept = CheckCalls(library, *model);
  if (!kept) return Fail(kept.error());
  if (!*kept) {
    fmt::print("BROKEN: {} does not keep the rules of falsify_loader.h (exit code {})\n",
               Printable(options.library), kExitBroken);
    return kExitBroken;
  }
  RunRequest request;
  request.study_path = options.out + "/plugin-check.yaml";
  request.out_directory = options.out;
  request.progress = options.quiet ? ProgressLine::Show::kNever : ProgressLine::Show::kOnTerminal;
  const Result<void> saved = harness::SaveDurably(request.study_path, StudyText(library, *model));
  if (!saved) return Fail(saved.error());
  return RunSession(request);
}

}  // namespace

void AddPluginCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* plugin = app.add_subcommand("plugin", "Loaders of your own, as shared libraries");
  plugin->require_subcommand(1);
  CLI::App* check = plugin->add_subcommand(
      "check", "Does a library keep the rules of falsify_loader.h, and does it load what is there");
  check->add_option("library", options->library, "The shared library")->required();
  check->add_option("--model", options->model,
                    "A model that it loads; a tiny SafeTensors file unless given");
  check->add_option("--out", options->out, "Folder for the study, its record and its report");
  check->add_flag("-q,--quiet", options->quiet, "No progress line");
  check->callback([options, &exit_code] {
    const Result<int> code = Check(*options);
    exit_code = code ? *code : Report(code.error());
  });
}

}  // namespace falsify::cli
