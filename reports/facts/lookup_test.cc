#include "reports/facts/lookup.h"

#include "gtest/gtest.h"
#include "reports/example_records.h"
#include "reports/facts/memory_model.h"
#include "reports/facts/words.h"

namespace falsify::reports {
namespace {

using harness::HypothesisRecord;
using harness::Outcome;
using harness::Record;
using harness::TrialRecord;

HypothesisRecord Above() {
  HypothesisRecord hypothesis;
  hypothesis.measure = "decode_rate";
  hypothesis.subject = "mapped";
  hypothesis.criterion = "above";
  hypothesis.unit = "tokens/s";
  hypothesis.threshold = 20;
  hypothesis.estimate.low = 8;
  hypothesis.estimate.high = 10;
  return hypothesis;
}

TEST(Words, FollowTheDirectionOfTheClaim) {
  HypothesisRecord hypothesis = Above();
  EXPECT_EQ(Requirement(hypothesis), "median `decode_rate` of `mapped` above 20 tokens/s");
  EXPECT_EQ(ViolatingValues(hypothesis), "20 tokens/s or less");
  EXPECT_EQ(ClaimedValues(hypothesis), "more than 20 tokens/s");
  EXPECT_EQ(TimesTheLimit(hypothesis), 2.0);
  hypothesis.criterion = "below";
  EXPECT_EQ(ViolatingValues(hypothesis), "20 tokens/s or more");
  EXPECT_EQ(ClaimedValues(hypothesis), "less than 20 tokens/s");
  EXPECT_EQ(TimesTheLimit(hypothesis), 0.4);
}

TEST(Words, NameQuantilesInEnglish) {
  EXPECT_EQ(QuantileWords(0.5), "median");
  EXPECT_EQ(QuantileWords(0.95), "95th percentile");
  EXPECT_EQ(QuantileWords(0.11), "11th percentile");
  EXPECT_EQ(QuantileWords(0.21), "21st percentile");
  EXPECT_EQ(QuantileWords(0.92), "92nd percentile");
  EXPECT_EQ(QuantileWords(0.999), "99.9th percentile");
}

TEST(ValueIn, DividesByThePartnerOfTheSameBlock) {
  const Record record = AuditRecord();
  const HypothesisRecord& ratio = record.hypotheses[7];
  ASSERT_EQ(ratio.relative_to, "mapped");
  const auto value = ValueIn(record, ratio, record.trials[0]);
  ASSERT_TRUE(value.value.has_value());
  EXPECT_NEAR(*value.value, 2.62 / 1.19, 1e-9);
  EXPECT_FALSE(ValueIn(record, ratio, record.trials[2]).value) << "a trial of the other side";
}

TEST(ValueIn, TakesNoPartnerFromAnotherBlock) {
  Record record = AuditRecord();
  const HypothesisRecord ratio = record.hypotheses[7];
  const TrialRecord& second = record.trials[5];
  ASSERT_EQ(second.block, 2);
  record.trials[2].observation.measures["ttft"] = 1;  // the partner of block 1
  EXPECT_NEAR(*ValueIn(record, ratio, second).value, 2.62 / 1.19, 1e-9);
}

TEST(ValueIn, KnowsNothingWithoutAUsablePartner) {
  Record record = AuditRecord();
  const HypothesisRecord ratio = record.hypotheses[7];
  record.trials[2].observation.measures.clear();
  EXPECT_FALSE(ValueIn(record, ratio, record.trials[0]).value);
  record.trials[2].observation.at_least = {{"ttft", 60}};
  EXPECT_FALSE(ValueIn(record, ratio, record.trials[0]).value) << "a bound is no divisor";
}

TEST(ValueIn, ReadsATimeoutAsABoundAndACrashAsNothing) {
  Record record = AllTimeoutsRecord();
  const auto bound = ValueIn(record, record.hypotheses[0], record.trials[0]);
  EXPECT_EQ(bound.value, 60.0);
  EXPECT_TRUE(bound.value_at_least);
  record.trials[0].observation.at_least.clear();
  EXPECT_FALSE(ValueIn(record, record.hypotheses[0], record.trials[0]).value);
}

TEST(ValueIn, DividesByPayloadOrFile) {
  Record record = PassRecord();
  HypothesisRecord relative = record.hypotheses[1];
  EXPECT_NEAR(*ValueIn(record, relative, record.trials[0]).value, 3.142e9 / 3087428608, 1e-12);
  relative.relative_to = "file";
  EXPECT_NEAR(*ValueIn(record, relative, record.trials[0]).value, 3.142e9 / 3087467104, 1e-12);
  record.subjects[0].model.file_bytes = 0;
  EXPECT_FALSE(ValueIn(record, relative, record.trials[0]).value);
}

TEST(TrialsOf, LeavesOutTheControlAndBurnIn) {
  Record record = PassRecord();
  EXPECT_EQ(TrialsOf(record, record.hypotheses[0]).size(), 5U);
  record.trials[0].role = "control";
  record.trials[1].role = "burn-in";
  EXPECT_EQ(TrialsOf(record, record.hypotheses[0]).size(), 3U);
}

TEST(MedianOf, NeverTakesABoundForAValue) {
  harness::SummaryRecord summary;
  summary.measures["ttft"] = {.value = 60, .value_at_least = true, .low = {}, .high = {}};
  summary.measures["cpu_time"] = {.value = 1, .low = {}, .high = {}};
  EXPECT_FALSE(MedianOf(summary, "ttft"));
  EXPECT_FALSE(MedianOf(summary, "peak_rss"));
  EXPECT_EQ(MedianOf(summary, "cpu_time"), 1.0);
}

TEST(NothingFinished, NeedsTrialsThatAllFailed) {
  TrialRecord ok;
  TrialRecord crashed;
  crashed.observation.outcome = Outcome::kCrash;
  EXPECT_FALSE(NothingFinished({}));
  EXPECT_FALSE(NothingFinished({&ok, &crashed}));
  EXPECT_TRUE(NothingFinished({&crashed, &crashed}));
}

TEST(MemoryModel, AddsOnlyWhatTheRecordSupports) {
  Record record = FalsifiedRecord();
  harness::SummaryRecord naive = record.summaries[0];
  ASSERT_EQ(naive.subject, "naive");
  const auto terms = ExpectedAnonymous(record, naive);
  ASSERT_EQ(terms.size(), 3U);
  EXPECT_EQ(terms[0].bytes, 3087467104.0);
  EXPECT_EQ(terms[1].bytes, 3087428608.0);
  EXPECT_EQ(terms[2].bytes, 4.0 * 1543714304);
  std::erase_if(naive.phases, [](const harness::Phase& phase) { return phase.name == "convert"; });
  EXPECT_EQ(ExpectedAnonymous(record, naive).size(), 2U);
  for (TrialRecord& trial : record.trials) trial.observation.load.reset();
  EXPECT_EQ(ExpectedAnonymous(record, naive).size(), 1U);
  EXPECT_TRUE(ExpectedAnonymous(record, record.summaries[1]).empty()) << "mapped, no account";
}

TEST(MemoryModel, HoldsObservedBesideExpected) {
  Record record = FalsifiedRecord();
  record.summaries[0].measures["peak_anon"].value = 6174895712.0;
  EXPECT_NE(
      MemoryArithmetic(record, record.summaries[0])
          .find("= 12.3 GB; observed peak_anon 6.17 GB, 6.17 GB less than expected (50 % of it)"),
      std::string::npos)
      << MemoryArithmetic(record, record.summaries[0]);
  record.summaries[0].measures.erase("peak_anon");
  EXPECT_EQ(MemoryArithmetic(record, record.summaries[0]), "");
}

}  // namespace
}  // namespace falsify::reports
