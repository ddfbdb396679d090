#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/progress.h"
#include "loaders/error.h"

namespace falsify::cli {

/// What `falsify run` was asked for.
struct RunRequest {
  std::string study_path;
  std::string out_directory;  ///< empty: falsify-out/STUDY_ID
  std::string cache_directory;
  std::vector<std::string> only;
  std::vector<std::string> overrides;  ///< KEY=VALUE in the study file
  std::vector<std::string> writable;   ///< folders that loaders may write to
  std::optional<std::uint64_t> seed;   ///< empty: drawn, and recorded
  std::optional<double> max_seconds;
  std::vector<std::string> formats = {"md"};  ///< of reports, beside the record
  bool evidence = false;  ///< digests of binary, models and journal in the record
  bool resume = false;
  bool no_prove = false;
  ProgressLine::Show progress = ProgressLine::Show::kNever;
};

/// Runs a study from file to reports and prints verdicts on stdout, the study's as the last line.
/// Returns the exit code. Errors: everything that kept the run from a verdict or its record from
/// the disk.
Result<int> RunSession(const RunRequest& request);

}  // namespace falsify::cli
