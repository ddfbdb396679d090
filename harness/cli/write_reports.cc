#include "harness/cli/write_reports.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "fmt/format.h"
#include "harness/durable_file.h"
#include "reports/formats.h"

namespace falsify::cli {

std::string FormatsHelp() {
  std::string help = "Any of:";
  for (const reports::ReportFormat& format : reports::ReportFormats()) {
    help += fmt::format("\n  {} ({})", format.name, format.summary);
  }
  return help;
}

Result<void> CheckFormats(const std::vector<std::string>& formats) {
  for (const std::string& name : formats) {
    if (reports::FindReportFormat(name) != nullptr) continue;
    std::string known;
    for (const reports::ReportFormat& format : reports::ReportFormats()) {
      known += fmt::format("{}{}", known.empty() ? "" : ", ", format.name);
    }
    return Fail(
        {"USAGE", "--format", fmt::format("unknown format \"{}\"", name), "one of " + known});
  }
  return {};
}

Result<void> WriteReports(const harness::Record& record, const std::vector<std::string>& formats,
                          const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    return Fail(SystemError("OUT_DIRECTORY", folder, "create the output folder", failed.value()));
  }
  for (const std::string& name : formats) {
    const reports::ReportFormat& format = *reports::FindReportFormat(name);
    if (name == "github") {
      fmt::print("{}", format.render(record));
      if (Result<void> appended = AppendStepSummary(record); !appended) return appended;
      continue;
    }
    const std::string path = (std::filesystem::path(folder) / format.file).string();
    if (Result<void> saved = harness::SaveDurably(path, format.render(record)); !saved) {
      return saved;
    }
  }
  return {};
}

Result<void> AppendStepSummary(const harness::Record& record) {
  const char* path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0') return {};
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << reports::RenderStepSummary(record);
  file.flush();
  if (file) return {};
  return Fail({"STEP_SUMMARY", path, "the step summary could not be written", {}});
}

}  // namespace falsify::cli
