#include "reports/facts/verdict_line.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "reports/example_records.h"

namespace falsify::reports {
namespace {

using criteria::Verdict;

harness::Record WithVerdicts(Verdict verdict, int exit_code, const std::vector<Verdict>& each) {
  harness::Record record;
  record.study_id = "T-QA-019b";
  record.verdict = verdict;
  record.exit_code = exit_code;
  for (const Verdict one : each) {
    record.hypotheses.emplace_back();
    record.hypotheses.back().verdict = one;
  }
  return record;
}

TEST(VerdictLine, CountsWhatCarriesTheVerdictFirst) {
  EXPECT_EQ(VerdictLine(WithVerdicts(
                Verdict::kFalsified, 1,
                {Verdict::kPass, Verdict::kFalsified, Verdict::kPass, Verdict::kInvalid})),
            "FALSIFIED: T-QA-019b, 1 of 4 hypotheses falsified, 1 invalid, 2 passed (exit code 1)");
  EXPECT_EQ(VerdictLine(
                WithVerdicts(Verdict::kInconclusive, 3, {Verdict::kPass, Verdict::kInconclusive})),
            "INCONCLUSIVE: T-QA-019b, 1 of 2 hypotheses inconclusive, 1 passed (exit code 3)");
  EXPECT_EQ(VerdictLine(WithVerdicts(Verdict::kPass, 0, {Verdict::kPass})),
            "PASS: T-QA-019b, 1 of 1 hypothesis passed (exit code 0)");
  EXPECT_EQ(VerdictLine(WithVerdicts(Verdict::kError, 4, {Verdict::kError, Verdict::kFalsified})),
            "ERROR: T-QA-019b, 1 of 2 hypotheses could not be run, 1 falsified (exit code 4)");
}

TEST(VerdictLine, ClaimsNothingForAnEmptyRecord) {
  EXPECT_EQ(VerdictLine({}),
            "INCONCLUSIVE: study without an id, no hypothesis was tested (exit code 0)");
}

TEST(VerdictLine, IsOneInertLineWhateverTheIdHolds) {
  harness::Record record = HostileRecord();
  record.study_id = "x\n::error::forged\x1b[2J##[add-path]/tmp";
  EXPECT_EQ(VerdictLine(record),
            "ERROR: x\\x0a::error::forged\\x1b[2J#\\u{23}[add-path]/tmp, 1 of 3 hypotheses could "
            "not be run, 1 falsified, 1 invalid (exit code 4)");
}

}  // namespace
}  // namespace falsify::reports
