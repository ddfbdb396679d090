#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/record.h"

namespace falsify::reports {

/// One way to write a record down. Renderers are pure: the same record gives the same bytes.
struct ReportFormat {
  std::string_view name;  ///< as `--format` takes it
  std::string_view file;  ///< beside record.json
  std::string_view summary;
  std::string (*render)(const harness::Record& record);
};

/// In the order `--format` lists them.
std::span<const ReportFormat> ReportFormats();

/// Null if there is none of that name.
const ReportFormat* FindReportFormat(std::string_view name);

/// The Markdown report cut at a line below what a step summary may hold, saying what is missing.
std::string RenderStepSummary(const harness::Record& record);

}  // namespace falsify::reports
