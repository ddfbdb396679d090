#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/draw.h"
#include "harness/cli/write_reports.h"
#include "harness/read_record.h"
#include "harness/record.h"
#include "reports/formats.h"

namespace falsify::cli {
namespace {

struct Options {
  std::string path;
  std::vector<std::string> formats = {"md"};
  std::string out;
};

Result<void> Render(const Options& options) {
  if (Result<void> known = CheckFormats(options.formats); !known) return known;
  if (options.out.empty() && options.formats.size() > 1) {
    return Fail({"USAGE", "--format", "several formats do not fit on stdout", "add --out DIR"});
  }
  const Result<harness::Record> record = harness::ReadRecord(options.path);
  if (!record) return Fail(record.error());
  if (!options.out.empty()) {
    if (auto written = WriteReports(*record, options.formats, options.out); !written)
      return written;
    static_cast<void>(DrawPictures(*record, options.out));
    return {};
  }
  fmt::print("{}", reports::FindReportFormat(options.formats.front())->render(*record));
  return options.formats.front() == "github" ? AppendStepSummary(*record) : Result<void>();
}

}  // namespace

void AddReportCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("report", "Render a record in any format");
  command->add_option("record", options->path, "record.json of a run")->required();
  command->add_option("--format", options->formats, FormatsHelp())->delimiter(',');
  command->add_option("--out", options->out, "Write files into this folder instead of stdout");
  command->callback([options, &exit_code] {
    const Result<void> rendered = Render(*options);
    exit_code = rendered ? kExitPass : Report(rendered.error());
  });
}

}  // namespace falsify::cli
