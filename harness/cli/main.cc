#include <exception>
#include <string_view>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/trial/memory_keeper.h"
#include "harness/workloads/worker.h"

namespace falsify::cli {
namespace {

int Main(int argc, char** argv) {
  CLI::App app{"Declares claims about model-file loaders and tries hard to refute them.",
               "falsify"};
  app.set_version_flag("--version", std::string("falsify ") + FALSIFY_VERSION);
  app.require_subcommand(1);
  int exit_code = kExitPass;
  AddRunCommand(app, exit_code);
  AddCheckCommand(app, exit_code);
  AddReportCommand(app, exit_code);
  AddJudgeCommand(app, exit_code);
  AddInspectCommand(app, exit_code);
  AddCompareCommand(app, exit_code);
  AddConvertCommand(app, exit_code);
  AddDiscoverCommand(app, exit_code);
  AddDoctorCommand(app, exit_code);
  AddFixturesCommand(app, exit_code);
  AddPluginCommand(app, exit_code);
  AddServeCommand(app, exit_code);
  AddTokenizeCommand(app, exit_code);
  AddVerifyCommand(app, exit_code);
  AddListCommand(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "falsify: {}; falsify --help lists the commands [USAGE]\n",
               Printable(wrong.what()));
    return kExitUsage;
  }
  return exit_code;
}

}  // namespace
}  // namespace falsify::cli

int main(int argc, char** argv) {
  // The hidden half of the tool: a worker must start fast, so it meets no command line parser.
  const std::string_view hidden = argc == 2 ? argv[1] : "";
  if (hidden == "worker") return falsify::harness::WorkerMain();
  if (hidden == "memory-keeper") return falsify::harness::KeepMemory();
  try {
    return falsify::cli::Main(argc, argv);
  } catch (const std::exception& bug) {
    fmt::print(stderr, "falsify: internal error: {} [INTERNAL]\n", bug.what());
    return falsify::cli::kExitError;
  }
}
