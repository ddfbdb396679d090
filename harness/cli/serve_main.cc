#include "harness/cli/commands.h"
#include "harness/cli/parse.h"

/// `falsify serve`, a program of its own: see ServeBeside.
int main(int argc, char** argv) {
  CLI::App app{"Serves a model.", "falsify"};
  app.require_subcommand(1);
  int exit_code = falsify::cli::kExitPass;
  falsify::cli::AddServeCommand(app, exit_code);
  return falsify::cli::ParseAndRun(app, argc, argv, exit_code);
}
