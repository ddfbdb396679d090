#include <algorithm>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/models.h"
#include "harness/cli/terminal.h"
#include "harness/cli/verdict_table.h"
#include "harness/judge.h"
#include "harness/read_record.h"
#include "harness/study/read_study.h"
#include "reports/facts/verdict_line.h"

namespace falsify::cli {
namespace {

struct Options {
  std::string record;
  std::string study;
  std::vector<std::string> overrides;
};

/// One line for each hypothesis that is judged otherwise than in the run.
void PrintDifferences(const harness::Record& before, const harness::Record& after) {
  bool same = true;
  for (const harness::HypothesisRecord& judged : after.hypotheses) {
    const auto recorded =
        std::ranges::find(before.hypotheses, judged.id, &harness::HypothesisRecord::id);
    if (recorded == before.hypotheses.end() || recorded->verdict == judged.verdict) continue;
    same = false;
    fmt::print("{}: {} in the record, {} now\n", Printable(judged.id),
               criteria::Name(recorded->verdict), criteria::Name(judged.verdict));
  }
  if (same) fmt::print("every verdict is that of the record\n");
}

Result<int> Judge(const Options& options) {
  const Result<harness::Record> observed = harness::ReadRecord(options.record);
  if (!observed) return Fail(observed.error());
  const Result<harness::Study> study =
      harness::ReadStudy(options.study, StudyVocabulary(), options.overrides);
  if (!study) return Fail(study.error());
  if (study->sha256 != observed->study_sha256) {
    fmt::print(stderr, "falsify: {} is not the file of that run: what it says is judged\n",
               Printable(options.study));
  }
  const Result<harness::JudgedAgain> judged = harness::JudgeAgain(*study, *observed);
  if (!judged) return Fail(judged.error());
  if (!judged->missing.empty()) {
    fmt::print(stderr, "falsify: the record has no more: {}\n", Printable(judged->missing));
  }
  fmt::print("{}", VerdictTable(judged->record, MayColour(STDOUT_FILENO)));
  PrintDifferences(*observed, judged->record);
  fmt::print("{}\n", reports::VerdictLine(judged->record));
  return judged->record.exit_code;
}

}  // namespace

void AddJudgeCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "judge", "Decide again, from a record's observations, what a study claims");
  command->add_option("record", options->record, "record.json of a run")->required();
  command->add_option("study", options->study, "Its study, or one with other limits")->required();
  command->add_option("--set", options->overrides, "PATH=VALUE, as in run");
  command->callback([options, &exit_code] {
    const Result<int> judged = Judge(*options);
    exit_code = judged ? *judged : Report(judged.error());
  });
}

}  // namespace falsify::cli
