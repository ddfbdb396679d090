#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/run_session.h"
#include "harness/cli/write_reports.h"
#include "harness/study/units.h"

namespace falsify::cli {
namespace {

struct Options {
  RunRequest request;
  std::string max_time;
  bool quiet = false;
  bool verbose = false;
};

int Run(Options& options) {
  if (!options.max_time.empty()) {
    const Result<double> seconds =
        harness::ParseQuantity(options.max_time, harness::Quantity::kTime, "--max-time");
    if (!seconds) return Report(seconds.error());
    options.request.max_seconds = *seconds;
  }
  if (Result<void> known = CheckFormats(options.request.formats); !known) {
    return Report(known.error());
  }
  options.request.progress = options.quiet     ? ProgressLine::Show::kNever
                             : options.verbose ? ProgressLine::Show::kAlways
                                               : ProgressLine::Show::kOnTerminal;
  const Result<int> exit_code = RunSession(options.request);
  return exit_code ? *exit_code : Report(exit_code.error());
}

}  // namespace

void AddRunCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  RunRequest& request = options->request;
  CLI::App* command = app.add_subcommand("run", "Put a study's claims to the test");
  command->add_option("study", request.study_path, "A study file")->required();
  command->add_option("--out", request.out_directory,
                      "Folder for journal, record and reports (falsify-out/STUDY_ID)");
  command->add_option("--only", request.only, "Only these hypotheses")->delimiter(',');
  command->add_option("--set", request.overrides,
                      "KEY=VALUE in the study file, e.g. models.st.generate.shape=tiny");
  command->add_option("--seed", request.seed, "Of the order of trials");
  command->add_option("--max-time", options->max_time,
                      "Stop undecided hypotheses after this long, e.g. 5m");
  command->add_option("--cache-dir", request.cache_directory, "Where generated models are kept");
  command->add_option("--format", request.formats, FormatsHelp())->delimiter(',');
  command
      ->add_option("--writable", request.writable,
                   "A folder that loaders may write to; else only a scratch folder of their own")
      ->check(CLI::ExistingDirectory);
  command->add_flag("--evidence", request.evidence,
                    "Tie the record to binary, models and journal by SHA-256; see falsify verify");
  command->add_flag("--resume", request.resume, "Go on with an interrupted run in --out");
  command->add_flag("--no-prove", request.no_prove, "Give PASS without running controls");
  command->add_flag("-q,--quiet", options->quiet, "No progress line");
  command->add_flag("-v,--verbose", options->verbose, "Progress where there is no terminal, too");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace falsify::cli
