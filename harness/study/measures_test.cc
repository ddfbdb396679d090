#include "harness/study/measures.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

using testing::ElementsAre;

TEST(Measures, AreListedInTheOrderPeopleReadThem) {
  std::vector<std::string_view> names;
  for (const MeasureEntry& measure : Measures()) names.push_back(measure.name);
  EXPECT_THAT(
      names,
      ElementsAre("load_time", "materialize_time", "ready_time", "ttft", "peak_rss", "peak_anon",
                  "peak_file", "rss_after_load", "bytes_read", "storage_bytes", "minor_faults",
                  "major_faults", "resident_after_load", "cpu_time", "throughput", "decode_rate",
                  "startup_time", "shutdown_time", "peak_pss", "rss_growth_per_cycle",
                  "descriptor_growth_per_cycle", "same_payload", "same_first_token", "weights_used",
                  "rejects_malformed", "aligned", "no_leak"));
}

TEST(Measures, HaveTheUnitOfTheirKind) {
  for (const MeasureEntry& measure : Measures()) {
    const std::string_view unit = measure.kind == MeasureKind::kTime        ? "s"
                                  : measure.kind == MeasureKind::kBytes     ? "B"
                                  : measure.kind == MeasureKind::kRate      ? "B/s"
                                  : measure.kind == MeasureKind::kTokenRate ? "tokens/s"
                                  : measure.kind == MeasureKind::kInvariant ? ""
                                                                            : "count";
    EXPECT_EQ(measure.unit, unit) << measure.name;
    EXPECT_FALSE(measure.definition.empty()) << measure.name;
  }
}

TEST(Measures, AreTakenByAWorkloadThatExists) {
  for (const MeasureEntry& measure : Measures()) {
    EXPECT_NE(std::ranges::find(Workloads(), measure.workload, &WorkloadEntry::name),
              Workloads().end())
        << measure.name;
  }
}

TEST(Measures, DemandAWorkloadOnlyWhereNoOtherYieldsThem) {
  std::set<std::string> demanding;
  for (const MeasureEntry& measure : Measures()) {
    if (measure.needs_workload) {
      demanding.insert(std::string(measure.name) + ":" + std::string(measure.workload));
    }
  }
  EXPECT_THAT(demanding,
              ElementsAre("decode_rate:generate", "descriptor_growth_per_cycle:soak",
                          "materialize_time:touch", "no_leak:soak", "peak_pss:concurrent",
                          "ready_time:touch", "rejects_malformed:reject",
                          "rss_growth_per_cycle:soak", "same_first_token:first_token",
                          "throughput:touch", "ttft:first_token", "weights_used:weights_used"));
}

TEST(Measures, OfALoadAreTakenByOpeningOnly) {
  for (const std::string_view name : {"load_time", "rss_after_load", "resident_after_load"}) {
    ASSERT_NE(FindMeasure(name), nullptr) << name;
    EXPECT_EQ(FindMeasure(name)->workload, "open") << name;
  }
  EXPECT_EQ(FindMeasure("peak_rss")->workload, "touch");
}

TEST(Measures, AreFoundByTheirWholeNameOnly) {
  EXPECT_EQ(FindMeasure("ttft")->kind, MeasureKind::kTime);
  EXPECT_EQ(FindMeasure("ttf"), nullptr);
  EXPECT_EQ(FindMeasure("TTFT"), nullptr);
  EXPECT_EQ(FindMeasure(""), nullptr);
}

TEST(Measures, OnlyTimesAndRatesSufferFromANoisyHost) {
  EXPECT_TRUE(IsNoiseSensitive(MeasureKind::kTime));
  EXPECT_TRUE(IsNoiseSensitive(MeasureKind::kRate));
  EXPECT_FALSE(IsNoiseSensitive(MeasureKind::kBytes));
  EXPECT_FALSE(IsNoiseSensitive(MeasureKind::kCount));
}

}  // namespace
}  // namespace falsify::harness
