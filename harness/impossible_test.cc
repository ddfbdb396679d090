#include "harness/impossible.h"

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

/// 3 GB of weights, of which the first token took `seconds`, where memory gives 30 GB/s.
Record Prefilled(double seconds, std::uint64_t payload_bytes = 3'000'000'000) {
  Record record;
  SubjectRecord& subject = record.subjects.emplace_back();
  subject.name = "s";
  subject.model.payload_bytes = payload_bytes;
  SummaryRecord& summary = record.summaries.emplace_back();
  summary.subject = "s";
  summary.phases = {{"open", 0.001}, {"prefill", seconds}};
  record.limits = {{"memory_read", "", 30e9, "B/s"}};
  return record;
}

TEST(ImpossibleSpeeds, NamesWhoCannotHaveReadTheWeights) {
  const auto lines = ImpossibleSpeeds(Prefilled(0.05));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0],
      "s: its prefill took 0.05 s for 3 GB of weights, 60 GB/s where memory gives 30 GB/s: it "
      "cannot have used them all");
}

TEST(ImpossibleSpeeds, NamesADecodeRateThatOutrunsMemory) {
  Record record = Prefilled(0.2);
  record.summaries[0].measures["decode_rate"].value = 10.0;
  EXPECT_TRUE(ImpossibleSpeeds(record).empty());
  record.summaries[0].measures["decode_rate"].value = 20.0;
  const auto lines = ImpossibleSpeeds(record);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "s: each token after the first took 0.05 s for 3 GB of weights, 60 GB/s where memory "
            "gives 30 GB/s: it cannot have used them all");
}

TEST(ImpossibleSpeeds, BelievesWhatMemoryCouldDeliver) {
  EXPECT_TRUE(ImpossibleSpeeds(Prefilled(0.1)).empty());
}

TEST(ImpossibleSpeeds, SaysNothingOfModelsThatFitACacheOrWithoutALimit) {
  EXPECT_TRUE(ImpossibleSpeeds(Prefilled(0.0001, 1'000'000)).empty());
  Record without = Prefilled(0.05);
  without.limits.clear();
  EXPECT_TRUE(ImpossibleSpeeds(without).empty());
}

}  // namespace
}  // namespace falsify::harness
