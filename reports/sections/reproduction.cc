#include <string>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

std::string CommandLine(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + ShellWord(word);
  return line;
}

}  // namespace

void AddReproduction(const harness::Record& record, Document& document) {
  document.Heading(2, "How to reproduce");
  if (!record.study_sha256.empty() && !record.study_path.empty()) {
    document.Paragraph("Check that the study is the one that was run:");
    document.Fence(
        MarkdownShell(fmt::format("printf '%s  %s\\n' {} {} | sha256sum --check",
                                  ShellWord(record.study_sha256), ShellWord(record.study_path))));
  }
  if (record.command.empty()) {
    document.Paragraph("The record does not hold the command of the run.");
  } else {
    document.Paragraph("Run it again, from the same directory:");
    document.Fence(MarkdownShell(CommandLine(record.command)));
  }
  document.Paragraph(fmt::format(
      "The order of the trials follows from the seed, {}. Tool: falsify {}. Study file: {}.",
      record.seed,
      record.tool_version.empty() ? "of unrecorded version" : Prose(record.tool_version),
      record.study_path.empty() ? "not recorded" : Code(record.study_path)));
}

}  // namespace falsify::reports
