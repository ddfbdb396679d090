#include <memory>
#include <string>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/durable_file.h"
#include "harness/record.h"
#include "harness/trial/json_text.h"
#include "reports/markdown.h"

namespace falsify::cli {
namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30;
constexpr int kMaxRecordDepth = 32;

int RenderRecord(const std::string& path) {
  const Result<std::string> text = harness::ReadWholeFile(path, kMaxRecordBytes);
  if (!text) return Report(text.error());
  Result<nlohmann::json> json = harness::ParseBounded(*text, kMaxRecordDepth, kMaxRecordBytes);
  if (!json) return Report({json.error().code, path, json.error().what, json.error().hint});
  const Result<harness::Record> record = harness::RecordFromJson(*json);
  if (!record) return Report({record.error().code, path, record.error().what, {}});
  fmt::print("{}", reports::RenderMarkdown(*record));
  return kExitPass;
}

}  // namespace

void AddReportCommand(CLI::App& app, int& exit_code) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("report", "Render a record as Markdown on stdout");
  command->add_option("record", *path, "record.json of a run")->required();
  command->callback([path, &exit_code] { exit_code = RenderRecord(*path); });
}

}  // namespace falsify::cli
