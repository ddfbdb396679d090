#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/compare_table.h"

namespace falsify::cli {
namespace {

using ::testing::HasSubstr;

harness::SummaryRecord Summary(const std::string& subject, const std::string& cache, double ttft) {
  harness::SummaryRecord summary;
  summary.subject = subject;
  summary.workload = "first_token(prompt_tokens=9)";
  summary.cache = cache;
  summary.trials = summary.ok = 7;
  summary.measures["ttft"] = {.value = ttft, .low = ttft - 0.1, .high = ttft + 0.1};
  summary.first_token = "42";
  summary.logits = "same";
  return summary;
}

harness::Record TwoSubjects() {
  harness::Record record;
  for (const std::string name : {"slow", "fast"}) {
    harness::SubjectRecord subject;
    subject.name = name;
    subject.payload_digest = subject.model.matched_digest = "digest";
    record.subjects.push_back(subject);
  }
  record.summaries = {Summary("slow", "warm", 2.0), Summary("fast", "warm", 0.5),
                      Summary("fast", "cold", 1.0)};
  return record;
}

TEST(CompareRows, AreSortedAndRelateToTheFirstSubject) {
  const std::vector<CompareRow> rows = CompareRows(TwoSubjects(), {"ttft", "peak_anon"});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].subject, "fast");
  EXPECT_EQ(rows[0].ratio, 0.25);
  EXPECT_EQ(rows[1].subject, "slow");
  EXPECT_EQ(rows[1].ratio, 1.0);
  EXPECT_EQ(rows[2].cache, "cold");
  EXPECT_FALSE(rows[2].ratio.has_value());  // the first subject was not measured cold
}

TEST(CompareRows, FlagOtherWeights) {
  harness::Record record = TwoSubjects();
  record.subjects[1].model.matched_digest = "other";
  const std::vector<CompareRow> rows = CompareRows(record, {"ttft"});
  EXPECT_TRUE(rows[0].unmatched);
  EXPECT_FALSE(rows[1].unmatched);
  EXPECT_THAT(CompareText(rows), HasSubstr("7  UNMATCHED PRECISION\n"));
  EXPECT_EQ(CompareJson(rows).at(0).at("matched"), false);
}

TEST(CompareText, HasOneLinePerRowUnderItsHeadings) {
  EXPECT_EQ(CompareText(CompareRows(TwoSubjects(), {"ttft"})),
            "MEASURE  CACHE  SUBJECT  MEDIAN  INTERVAL          RATIO  TRIALS\n"
            "ttft     warm   fast     500 ms  400 ms .. 600 ms  0.25x  7\n"
            "ttft     warm   slow     2.00 s  1.90 s .. 2.10 s  1.00x  7\n"
            "\n"
            "ttft     cold   fast     1.00 s  900 ms .. 1.10 s         7\n");
}

TEST(SamenessText, SaysWhoDiffers) {
  harness::Record record = TwoSubjects();
  EXPECT_EQ(SamenessText(record),
            "payload: the same in all 2: digest\n"
            "first token: the same in all 3: 42, logits same\n");
  record.subjects[1].payload_digest = "";
  record.summaries[1].first_token = "43";
  const std::string text = SamenessText(record);
  EXPECT_THAT(text, HasSubstr("payload: NOT the same\n"));
  EXPECT_THAT(text, HasSubstr("  not proven: fast\n"));
  EXPECT_THAT(text, HasSubstr("  43, logits same: fast (warm)\n"));
}

}  // namespace
}  // namespace falsify::cli
