#include "reports/markdown.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "reports/example_records.h"

namespace falsify::reports {
namespace {

using harness::Record;
using ::testing::HasSubstr;
using ::testing::Not;

// From the heading to the next one of the same or a higher level.
std::string Section(const std::string& markdown, const std::string& heading) {
  const std::size_t start = markdown.find("\n" + heading);
  if (start == std::string::npos) return "";
  const std::string level = "\n" + heading.substr(0, heading.find(' ')) + " ";
  std::size_t end = markdown.find(level, start + heading.size());
  if (level == "\n### ") end = std::min(end, markdown.find("\n## ", start + 1));
  return markdown.substr(start, end - start);
}

harness::SummaryRecord& Summary(Record& record, const std::string& subject) {
  for (harness::SummaryRecord& summary : record.summaries) {
    if (summary.subject == subject) return summary;
  }
  ADD_FAILURE() << "no summary of " << subject;
  return record.summaries.front();
}

TEST(RenderMarkdown, PutsTheVerdictFirst) {
  EXPECT_EQ(RenderMarkdown(AuditRecord()).rfind("# FALSIFIED: SafeTensors path audit\n", 0), 0U);
}

TEST(RenderMarkdown, HasAllPartsInOrder) {
  const std::string report = RenderMarkdown(AuditRecord());
  std::size_t at = 0;
  for (const char* heading :
       {"## Summary", "## Criteria", "## Results", "## Hypotheses", "## Memory", "## Root cause",
        "## Where the time of the run went", "## Validity", "## Environment", "## How to reproduce",
        "## Method", "## Glossary"}) {
    const std::size_t found = report.find("\n" + std::string(heading) + "\n");
    ASSERT_NE(found, std::string::npos) << heading;
    EXPECT_GT(found, at) << heading;
    at = found;
  }
}

TEST(RenderMarkdown, PrintsWhatEveryVerdictOwes) {
  const std::string h3 = Section(RenderMarkdown(AuditRecord()), "### H3: FALSIFIED");
  for (const char* owed :
       {"median `ttft` of `naive` below 2 s", "7.59 s [7.44 s, 7.74 s]", "at 94.4 % confidence",
        "kF/nF = 9/9", "kC/nC = 9/9", "|     307 |    160 |", "|  0.0500 |     20 |",
        "9 blocks of at most 60, 9 trials (9 finished)", "no block set aside", "seed 7",
        "page cache warm"}) {
    EXPECT_THAT(h3, HasSubstr(owed));
  }
}

TEST(RenderMarkdown, PassSaysWhatSurvivedAndWhatTheControlProved) {
  const std::string h1 = Section(RenderMarkdown(PassRecord()), "### H1: PASS");
  EXPECT_THAT(h1, HasSubstr("**Severity:** 95.3 %"));
  EXPECT_THAT(h1, HasSubstr("a median beyond 1.21 s, which is 60.7 % of the limit of 2 s"));
  EXPECT_THAT(h1, HasSubstr("p_upper = 0.494"));
  EXPECT_THAT(h1, HasSubstr("q* = 1 - p_upper = 0.506"));
  EXPECT_THAT(h1, HasSubstr("| median below 1 s   |            0.5x | not supported |"));
  EXPECT_THAT(h1, HasSubstr("`naive` went through the same criterion for 5 blocks and came out "
                            "FALSIFIED, at 7.59 s"));
}

TEST(RenderMarkdown, PassWithoutAControlSaysSo) {
  EXPECT_THAT(Section(RenderMarkdown(PassRecord()), "### H2: PASS"),
              HasSubstr("no control was run: this PASS rests on the evidence alone"));
}

TEST(RenderMarkdown, FalsifiedNamesTenCounterExamplesAndCountsTheRest) {
  const std::string h1 = Section(RenderMarkdown(FalsifiedRecord()), "### H1: FALSIFIED");
  EXPECT_THAT(h1, HasSubstr("trial 1: 7.59 s"));
  EXPECT_THAT(h1, HasSubstr("trial 19: 7.44 s and 3 more."));
  EXPECT_THAT(h1, Not(HasSubstr("trial 21")));
  EXPECT_THAT(h1, HasSubstr("slow-down at most 1.19x; 0 of them disturbed"));
  EXPECT_THAT(h1, HasSubstr("7.44 s, is 3.72x the limit of 2 s"));
}

TEST(RenderMarkdown, FalsifiedFromAboveLooksAtTheOtherEnd) {
  const std::string h3 = Section(RenderMarkdown(FalsifiedRecord()), "### H3: FALSIFIED");
  EXPECT_THAT(h3, HasSubstr("20 tokens/s or less"));
  EXPECT_THAT(h3, HasSubstr("even the highest median that the evidence leaves possible, 9.30 "
                            "tokens/s, is 0.465x the limit of 20 tokens/s"));
}

TEST(RenderMarkdown, InconclusiveSaysWhyItStoppedAndWhatIsMissing) {
  Record record = InconclusiveRecord();
  const std::string h1 = Section(RenderMarkdown(record), "### H1: INCONCLUSIVE");
  EXPECT_THAT(h1, HasSubstr("the budget of 22 blocks was spent"));
  EXPECT_THAT(h1, HasSubstr("about 248"));
  EXPECT_THAT(h1, HasSubstr("q* = 1 - p_upper = 0.272"));
  EXPECT_THAT(h1, HasSubstr("2 blocks set aside because the host was slow meanwhile, up to 1.42x"));
  EXPECT_THAT(h1, HasSubstr("serially dependent"));
  record.hypotheses[0].stop = "hopeless";
  record.hypotheses[0].blocks_still_needed.reset();
  const std::string hopeless = RenderMarkdown(record);
  EXPECT_THAT(hopeless, HasSubstr("no outcome of the blocks left could have decided it"));
  EXPECT_THAT(hopeless, HasSubstr("cannot be estimated"));
}

TEST(RenderMarkdown, InvalidNamesTheConditionAndItsRepair) {
  const std::string report = RenderMarkdown(InvalidRecord());
  const std::string h1 = Section(report, "### H1: INVALID");
  EXPECT_THAT(h1, HasSubstr("not the same precision."));
  EXPECT_THAT(h1, HasSubstr("compare two files with the same weights"));
  EXPECT_THAT(h1, Not(HasSubstr("page cache was not")));
  EXPECT_THAT(Section(report, "### H2: INVALID"),
              HasSubstr("was not cold when it had to be (trial 1: 4,096 of 753,777 pages"));
  EXPECT_THAT(Section(report, "### H3: INVALID"),
              HasSubstr("The control `quantised` must be FALSIFIED and came out PASS"));
}

TEST(RenderMarkdown, ErrorShowsOutcomesAndTheLastWords) {
  const std::string h1 = Section(RenderMarkdown(ErrorRecord()), "### H1: ERROR");
  EXPECT_THAT(h1, HasSubstr("**Outcomes:** 1 finished and 3 crashed."));
  EXPECT_THAT(h1, HasSubstr("killed by SIGSEGV in phase header."));
  EXPECT_THAT(h1, HasSubstr("worker>     libfast: assertion failed: tensors > 0\n"));
}

TEST(RenderMarkdown, LeadsWithZeroFinishedTrials) {
  const std::string report = RenderMarkdown(AllTimeoutsRecord());
  const std::string lead = "**0 of 9 trials finished**: 9 timed out.";
  EXPECT_THAT(report, HasSubstr("## Summary\n\n" + lead));
  EXPECT_THAT(report, HasSubstr("### H1: FALSIFIED\n\n" + lead));
  EXPECT_THAT(report, HasSubstr("| >= 60.0 s | **0 of 9 ok**; 9 timeouts |"));
}

TEST(RenderMarkdown, DerivesTheRootCauseFromTheFigures) {
  Record record = FalsifiedRecord();
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("`convert` took 3.58 s of 7.59 s, 47.2 %"));
  for (harness::Phase& phase : Summary(record, "naive").phases) {
    if (phase.name == "copy") phase.seconds = 20;
  }
  const std::string changed = RenderMarkdown(record);
  EXPECT_THAT(changed, HasSubstr("`copy` took 20.0 s of 26.2 s, 76.3 %"));
  EXPECT_THAT(changed, HasSubstr("Of all phases `copy` adds most over `mapped`: 20.0 s more"));
}

TEST(RenderMarkdown, DividesByTheLimitsOfThisHost) {
  Record record = FalsifiedRecord();
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("touched for the first time at 2.90 GB/s needs "
                                                "4.28 s (56.4 %)"));
  record.limits[3].value = 1.45e9;
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("at 1.45 GB/s needs 8.56 s"));
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("so some of it overlapped"));
  record.limits.clear();
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("No limit measured on this host bears on it."));
}

TEST(RenderMarkdown, NamesNoCauseWhereTheDataEnds) {
  Record record = FalsifiedRecord();
  harness::SummaryRecord& naive = Summary(record, "naive");
  naive.phases.clear();
  naive.measures = {{"ttft", naive.measures["ttft"]}};
  const std::string cause = Section(RenderMarkdown(record), "## Root cause");
  EXPECT_THAT(cause, HasSubstr("the data does not say why. Not recorded: phase times, "
                               "`bytes_read`, `storage_bytes`"));
  record.summaries.clear();
  EXPECT_THAT(RenderMarkdown(record),
              HasSubstr("The record summarises no trial of it: the data does not say why."));
}

TEST(RenderMarkdown, ComparesOnlyWithWhatPassedInTheSameState) {
  Record record = FalsifiedRecord();
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("Compared with `mapped`"));
  record.hypotheses[1].cache = "cold";
  EXPECT_THAT(RenderMarkdown(record), Not(HasSubstr("Compared with `mapped`")));
  record = FalsifiedRecord();
  record.hypotheses[1].verdict = criteria::Verdict::kInconclusive;
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("No other subject passed"));
}

TEST(RenderMarkdown, ShowsANearMissWithEnoughDigits) {
  EXPECT_THAT(RenderMarkdown(InconclusiveRecord()), HasSubstr("1.9996 s [1.96 s, 2.04 s]"));
}

TEST(RenderMarkdown, QuotesTheCommandForAShell) {
  Record record = PassRecord();
  record.command = {"falsify", "run", "my study.yaml", "--only", "$(reboot)"};
  EXPECT_THAT(RenderMarkdown(record),
              HasSubstr("```sh\nfalsify run 'my study.yaml' --only '$(reboot)'\n```\n"));
}

TEST(RenderMarkdown, SaysSoWhenHostNoiseWasNotChecked) {
  EXPECT_THAT(RenderMarkdown(ErrorRecord()), HasSubstr("**Host noise:** not checked"));
  Record record = FalsifiedRecord();
  record.probes.clear();
  EXPECT_THAT(RenderMarkdown(record), HasSubstr("host noise not checked"));
}

TEST(RenderMarkdown, ListsFallbacksUnprimedTrialsAndStuckWorkers) {
  Record record = PassRecord();
  record.summaries[0].fallbacks = {"O_DIRECT refused: buffered"};
  record.trials[1].primed = false;
  record.trials[2].observation.unkillable = true;
  const std::string validity = Section(RenderMarkdown(record), "## Validity");
  EXPECT_THAT(validity, HasSubstr("`mapped`, warm: O_DIRECT refused: buffered"));
  EXPECT_THAT(validity, HasSubstr("not primed for 1 trial (trial 2)"));
  EXPECT_THAT(validity, HasSubstr("the worker of trial 3 could not be killed"));
}

TEST(RenderMarkdown, SaysWhichSubjectHoldsSomethingElse) {
  Record record = PassRecord();
  record.subjects[0].payload_digest = "xxh3-128:other";
  record.subjects[1].payload_digest.clear();
  const std::string report = RenderMarkdown(record);
  EXPECT_THAT(report, HasSubstr("something else is held by `mapped`; not proven for `naive`"));
}

TEST(RenderMarkdown, ListsVectorsThatOneSideStoresWider) {
  Record record = InvalidRecord();
  record.subjects[1].model.matched_digest = record.subjects[0].model.matched_digest;
  record.hypotheses[0].stored_wider = {
      "model.layers.0.input_layernorm.weight: BF16 in mapped, F32 in quantised",
      "model.layers.1.input_layernorm.weight: BF16 in mapped, F32 in quantised",
      "model.norm.weight: BF16 in mapped, F32 in quantised"};
  EXPECT_THAT(RenderMarkdown(record),
              HasSubstr("every matrix the same, byte for byte; 3 one-dimensional tensors of equal "
                        "values are stored wider on one side: "
                        "`model.layers.*.input_layernorm.weight: BF16 in mapped, F32 in quantised` "
                        "(2 of them) and `model.norm.weight: BF16 in mapped, F32 in quantised`"));
}

TEST(RenderMarkdown, FitsAStepSummaryWithTwoHundredHypotheses) {
  Record record = PassRecord();
  const harness::HypothesisRecord one = record.hypotheses[0];
  for (int i = 0; i < 198; ++i) record.hypotheses.push_back(one);
  EXPECT_LT(RenderMarkdown(record).size(), 900000U);
}

}  // namespace
}  // namespace falsify::reports
