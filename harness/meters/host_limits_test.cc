#include "harness/meters/host_limits.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr std::size_t kMiB = 1024 * 1024;

TEST(HostLimitsLarge, TakesEveryLimitWithItsUnitAndDefinition) {
  const TestDirectory directory;
  const std::string model = directory.Write("model", 8 * kMiB);
  const std::vector<HostLimit> limits = MeasureHostLimits({2, directory.path(), model});
  ASSERT_THAT(
      limits,
      ElementsAre(Field(&HostLimit::name, "memory_read"), Field(&HostLimit::name, "memcpy"),
                  Field(&HostLimit::name, "page_cache_copy"), Field(&HostLimit::name, "device"),
                  Field(&HostLimit::name, "anonymous_touch")));
  for (const HostLimit& limit : limits) {
    if (limit.name == "device" && !directory.IsOnDisk()) continue;
    ASSERT_TRUE(limit.value.has_value()) << limit.name << ": " << limit.absent_because;
    EXPECT_EQ(limit.absent_because, "");
    const bool rate = limit.name != "anonymous_touch";
    EXPECT_EQ(limit.unit, rate ? "B/s" : "s");
    EXPECT_GT(*limit.value, rate ? 1e6 : 0.0);
    EXPECT_LT(*limit.value, rate ? 1e13 : 0.01);
  }
  EXPECT_THAT(limits[0].definition, HasSubstr("by 2 thread(s); "));
  EXPECT_THAT(limits[3].definition, HasSubstr("; 8 MiB, best of 5 passes"));
}

TEST(HostLimitsLarge, SaysWhyOneIsAbsentAndTakesTheOthers) {
  const std::vector<HostLimit> limits = MeasureHostLimits({1, "/nowhere", ""});
  ASSERT_EQ(limits.size(), 5U);
  EXPECT_EQ(limits[2].value, std::nullopt);
  EXPECT_EQ(limits[2].absent_because,
            "/nowhere: cannot create a scratch file: No such file or directory [METER_SCRATCH]");
  EXPECT_EQ(limits[3].value, std::nullopt);
  EXPECT_EQ(limits[3].absent_because, "device: no model file [METER_DIRECT]");
  EXPECT_TRUE(limits[0].value && limits[1].value && limits[4].value);
}

}  // namespace
}  // namespace falsify::harness
