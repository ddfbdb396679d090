#include "harness/cli/parse.h"

#include <exception>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/terminal.h"

namespace falsify::cli {

int ParseAndRun(CLI::App& app, int argc, char** argv, const int& exit_code) {
  try {
    app.parse(argc, argv);
    return exit_code;
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "falsify: {}; falsify --help lists the commands [USAGE]\n",
               Printable(wrong.what()));
    return kExitUsage;
  } catch (const std::exception& bug) {
    fmt::print(stderr, "falsify: internal error: {} [INTERNAL]\n", bug.what());
    return kExitError;
  }
}

}  // namespace falsify::cli
