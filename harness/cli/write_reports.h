#pragma once

#include <string>
#include <vector>

#include "harness/record.h"
#include "loaders/error.h"

namespace falsify::cli {

/// "md, json, junit, ..": for --help.
std::string FormatsHelp();

/// Errors: USAGE, for a format that there is not.
Result<void> CheckFormats(const std::vector<std::string>& formats);

/// Writes each format into `folder` under its own name, durably; `github` is printed, since a
/// runner reads it from stdout, and the step summary is appended where the runner wants it. Errors:
/// those of SaveDurably, OUT_DIRECTORY, STEP_SUMMARY.
Result<void> WriteReports(const harness::Record& record, const std::vector<std::string>& formats,
                          const std::string& folder);

/// Appends the report, cut to what fits, to the file that $GITHUB_STEP_SUMMARY names, if it does.
/// Errors: STEP_SUMMARY.
Result<void> AppendStepSummary(const harness::Record& record);

}  // namespace falsify::cli
