#pragma once

#include <string>

#include "CLI/CLI.hpp"
#include "loaders/error.h"

namespace falsify::cli {

constexpr int kExitPass = 0;
constexpr int kExitUsage = 2;
constexpr int kExitError = 4;

/// Each adds one subcommand; its callback does the work and sets `exit_code`.
void AddRunCommand(CLI::App& app, int& exit_code);
void AddCheckCommand(CLI::App& app, int& exit_code);
void AddReportCommand(CLI::App& app, int& exit_code);
void AddJudgeCommand(CLI::App& app, int& exit_code);
void AddInspectCommand(CLI::App& app, int& exit_code);
void AddCompareCommand(CLI::App& app, int& exit_code);
void AddConvertCommand(CLI::App& app, int& exit_code);
void AddDiscoverCommand(CLI::App& app, int& exit_code);
void AddDoctorCommand(CLI::App& app, int& exit_code);
void AddFixturesCommand(CLI::App& app, int& exit_code);
void AddPluginCommand(CLI::App& app, int& exit_code);
inline constexpr const char* kServe = "serve";
inline constexpr const char* kServeHelp =
    "A small OpenAI-compatible server on the reference decoder, greedy";
void AddServeCommand(CLI::App& app, int& exit_code);
void AddTokenizeCommand(CLI::App& app, int& exit_code);
void AddVerifyCommand(CLI::App& app, int& exit_code);
void AddListCommand(CLI::App& app, int& exit_code);

/// Prints the one line and returns the exit code that goes with it: 2, or 4 where a result could
/// not be saved.
int Report(const Error& error);

}  // namespace falsify::cli
