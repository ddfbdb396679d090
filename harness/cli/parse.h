#pragma once

#include "CLI/CLI.hpp"

namespace falsify::cli {

/// Parses the command line and runs what it asks for; the process's exit code. Nothing is thrown.
/// `exit_code`: where the commands of `app` leave theirs.
int ParseAndRun(CLI::App& app, int argc, char** argv, const int& exit_code);

}  // namespace falsify::cli
