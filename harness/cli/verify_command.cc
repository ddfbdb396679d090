#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/durable_file.h"
#include "harness/evidence.h"
#include "harness/read_record.h"
#include "reports/markdown.h"

namespace falsify::cli {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

harness::EvidenceCheck CheckReport(const std::string& record_path) {
  const std::string path =
      (std::filesystem::path(record_path).parent_path() / "report.md").string();
  const Result<std::string> report = harness::ReadWholeFile(path, kMaxBytes);
  if (!report) return {path, report.error().Line()};
  const Result<harness::Record> record = harness::ReadRecord(record_path);
  if (!record) return {path, record.error().Line()};
  const std::string at = harness::FirstDifference(*report, reports::RenderMarkdown(*record));
  return {path, at.empty() ? "" : "is not what the record says, from " + at + " on"};
}

int Verify(const harness::EvidenceFiles& files) {
  Result<std::vector<harness::EvidenceCheck>> checks = harness::CheckEvidence(files);
  if (!checks) return Report(checks.error());
  checks->push_back(CheckReport(files.record));
  int problems = 0;
  for (const harness::EvidenceCheck& check : *checks) {
    problems += check.problem.empty() ? 0 : 1;
    fmt::print("{:<8} {}{}\n", check.problem.empty() ? "ok" : "DIFFERS", Printable(check.what),
               check.problem.empty() ? "" : ": " + Printable(check.problem));
  }
  if (problems == 0) fmt::print("record, journal and report belong together\n");
  return problems == 0 ? kExitPass : kExitUsage;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, int& exit_code) {
  auto files = std::make_shared<harness::EvidenceFiles>();
  CLI::App* command = app.add_subcommand(
      "verify", "Do record, journal and report of a run with --evidence belong together");
  command->add_option("record", files->record, "record.json of the run")->required();
  command->add_flag("--models", files->models, "Read the model files too");
  command->callback([files, &exit_code] { exit_code = Verify(*files); });
}

}  // namespace falsify::cli
