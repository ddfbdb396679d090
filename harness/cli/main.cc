#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include "harness/cli/commands.h"
#include "harness/cli/parse.h"
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
  app.add_subcommand(kServe, kServeHelp);
  AddTokenizeCommand(app, exit_code);
  AddVerifyCommand(app, exit_code);
  AddListCommand(app, exit_code);
  return ParseAndRun(app, argc, argv, exit_code);
}

/// Goes on as falsify-serve, which lies beside this program: the libraries of a web server would
/// cost every worker, which is this program too, 2 ms to start.
int ServeBeside(char** argv) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return Report(SystemError("SERVE", "/proc/self/exe", "read it", error.value()));
  const std::string program = self.parent_path() / "falsify-serve";
  execv(program.c_str(), argv);
  return Report(SystemError("SERVE", program, "start it", errno));
}

}  // namespace
}  // namespace falsify::cli

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  // The hidden half of the tool: a worker must start fast, so it meets no command line parser.
  if (argc == 2 && command == "worker") return falsify::harness::WorkerMain();
  if (argc == 2 && command == "memory-keeper") return falsify::harness::KeepMemory();
  if (command == falsify::cli::kServe) return falsify::cli::ServeBeside(argv);
  return falsify::cli::Main(argc, argv);
}
