#include "harness/cli/terminal.h"

#include <cstdlib>
#include <string>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/progress.h"
#include "harness/cli/verdict_table.h"

namespace falsify::cli {
namespace {

class Colour : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"}) unsetenv(name);
  }
  void TearDown() override { SetUp(); }
};

TEST_F(Colour, IsForTerminalsUnlessAskedOtherwise) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_FALSE(MayColour(ends[1]));
  setenv("CLICOLOR_FORCE", "1", 1);
  EXPECT_TRUE(MayColour(ends[1]));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(MayColour(ends[1])) << "an empty NO_COLOR says nothing";
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(MayColour(ends[1]));
  EXPECT_EQ(ColumnsOf(ends[1], 77), 77U);
  close(ends[0]);
  close(ends[1]);
}

TEST(Width, CountsCharactersAndCutsBetweenThem) {
  EXPECT_EQ(WidthOf("133 µs"), 6U);
  EXPECT_EQ(CutTo("µµµ", 2), "µµ");
  EXPECT_EQ(CutTo("abc", 9), "abc");
}

harness::Record Two() {
  harness::Record record;
  record.hypotheses.resize(2);
  record.hypotheses[0].id = "A";
  record.hypotheses[0].verdict = criteria::Verdict::kPass;
  record.hypotheses[0].unit = "s";
  record.hypotheses[0].estimate.value = 133e-6;
  record.hypotheses[1].id = "B";
  record.hypotheses[1].verdict = criteria::Verdict::kFalsified;
  return record;
}

TEST(VerdictTable, ColoursVerdictsWithoutMovingColumns) {
  const std::string plain = VerdictTable(Two(), false);
  const std::string coloured = VerdictTable(Two(), true);
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[32mPASS\x1b[0m "), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[31mFALSIFIED\x1b[0m "), std::string::npos);
  std::string stripped;
  for (std::size_t at = 0; at < coloured.size(); ++at) {
    if (coloured[at] == '\x1b')
      at = coloured.find('m', at);
    else
      stripped += coloured[at];
  }
  EXPECT_EQ(stripped, plain);
}

TEST(ProgressText, ShowsHowFarTheEvidenceHasCome) {
  harness::Progress progress;
  progress.stage = "block";
  progress.hypothesis = "A";
  progress.hypotheses = 2;
  progress.falsify = {.n = 3, .violations = 0, .e = 0.3, .need = 100};
  progress.corroborate = {.n = 3, .violations = 0, .e = 10, .need = 100};
  EXPECT_EQ(ProgressText(progress),
            "[0/2 decided] 0 trials, testing A, against [..........] for [#####.....]");
  progress.unit = "s";
  progress.estimate = {.value = 1.2, .low = 1.1, .high = {}, .confidence = 0.95};
  progress.seconds_left = 200;
  EXPECT_EQ(ProgressText(progress),
            "[0/2 decided, about 4 min left] 0 trials, testing A: 1.20 s [1.10 s, open], against "
            "[..........] for [#####.....]");
  progress.seconds_left = 12.1;
  EXPECT_THAT(ProgressText(progress), testing::StartsWith("[0/2 decided, about 13 s left]"));
}

}  // namespace
}  // namespace falsify::cli
