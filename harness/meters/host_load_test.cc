#include "harness/meters/host_load.h"

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

// Of Linux 6.18 in a virtual machine.
constexpr std::string_view kStat =
    "cpu  40143 0 5746 362808 796 0 78 21 0 0\n"
    "cpu0 15490 0 2746 186471 38 0 12 10 0 0\n"
    "intr 363147 0 0\nctxt 515274\nbtime 1795212041\n";
constexpr std::string_view kPressure =
    "some avg10=0.64 avg60=3.36 avg300=1.50 total=17579946\n"
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n";

TEST(HostLoad, ReadsStealFromACapturedStat) { EXPECT_EQ(ParseStealTicks(kStat).value(), 21U); }

TEST(HostLoad, RefusesAStatWithoutSteal) {
  for (const std::string_view text : {"", "cpu  1 2 3 4 5 6 7\ncpu0 1 1 1 1 1 1 1 1\n",
                                      "cpu0 1 2 3 4 5 6 7 8\n", "cpu  1 2 3 4 5 6 7 -8\n"}) {
    ASSERT_FALSE(ParseStealTicks(text).has_value()) << text;
    EXPECT_EQ(ParseStealTicks(text).error().Line(),
              "/proc/stat: expected \"cpu user nice system idle iowait irq softirq steal ...\" "
              "[METER_FIELD]");
  }
}

TEST(HostLoad, ReadsACapturedLoadAverage) {
  const Result<LoadAverage> load = ParseLoadAverage("1.20 0.78 0.37 2/101 9209\n");
  ASSERT_TRUE(load.has_value());
  EXPECT_DOUBLE_EQ(load->one_minute, 1.20);
  EXPECT_DOUBLE_EQ(load->five_minutes, 0.78);
  EXPECT_DOUBLE_EQ(load->fifteen_minutes, 0.37);
}

TEST(HostLoad, RefusesWhatIsNoLoadAverage) {
  for (const std::string_view text :
       {"", "1.20 0.78", "1.20 0.78 nan 2/101", "-1.20 0.78 0.37", "1,20 0.78 0.37"}) {
    EXPECT_FALSE(ParseLoadAverage(text).has_value()) << text;
  }
}

TEST(HostLoad, ReadsSomeNotFullOfACapturedPressure) {
  EXPECT_DOUBLE_EQ(ParseStalledSeconds(kPressure, "cpu").value(), 17.579946);
}

TEST(HostLoad, RefusesAPressureWithoutItsTotal) {
  for (const std::string_view text : {"", "full avg10=0.00 total=5\n", "some avg10=0.00\n",
                                      "some total=-5\n", "some total=18446744073709551616\n"}) {
    ASSERT_FALSE(ParseStalledSeconds(text, "/proc/pressure/io").has_value()) << text;
    EXPECT_EQ(ParseStalledSeconds(text, "/proc/pressure/io").error().Line(),
              "/proc/pressure/io: expected \"some ... total=MICROSECONDS\" [METER_FIELD]");
  }
}

TEST(HostLoad, ReadsThisHost) {
  const Result<double> steal = ReadStealSeconds();
  ASSERT_TRUE(steal.has_value()) << steal.error().Line();
  EXPECT_GE(*steal, 0.0);
  ASSERT_TRUE(ReadLoadAverage().has_value());
  for (const Resource resource : {Resource::kCpu, Resource::kMemory, Resource::kIo}) {
    const Result<double> stalled = ReadStalledSeconds(resource);
    if (stalled) {
      EXPECT_GE(*stalled, 0.0);
    } else {
      EXPECT_EQ(stalled.error().where, "/proc/pressure/" + std::string(Name(resource)));
    }
  }
}

}  // namespace
}  // namespace falsify::harness
