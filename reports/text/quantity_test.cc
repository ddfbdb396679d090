#include "reports/text/quantity.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace falsify::reports {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Quantity, PicksTheUnitAndThreeSignificantDigits) {
  EXPECT_EQ(Quantity(1.2345, "s"), "1.23 s");
  EXPECT_EQ(Quantity(0.845, "s"), "845 ms");
  EXPECT_EQ(Quantity(33.1e-6, "s"), "33.1 µs");
  EXPECT_EQ(Quantity(4.2e-9, "s"), "4.20 ns");
  EXPECT_EQ(Quantity(2.94e9, "B"), "2.94 GB");
  EXPECT_EQ(Quantity(15.5e9, "B/s"), "15.5 GB/s");
  EXPECT_EQ(Quantity(2.0096, "x"), "2.01x");
  EXPECT_EQ(Quantity(22.1, "tokens/s"), "22.1 tokens/s");
  EXPECT_EQ(Quantity(16600, "count"), "16,600");
}

TEST(Quantity, RoundsBeforeItPicksTheUnit) {
  EXPECT_EQ(Quantity(0.9996, "s"), "1.00 s");
  EXPECT_EQ(Quantity(999.6e6, "B"), "1.00 GB");
  EXPECT_EQ(Quantity(999.4e6, "B"), "999 MB");
}

TEST(Quantity, KeepsWholeBytesAndLongSecondsWhole) {
  EXPECT_EQ(Quantity(512, "B"), "512 B");
  EXPECT_EQ(Quantity(7, "B"), "7 B");
  EXPECT_EQ(Quantity(1234, "s"), "1,230 s");
  EXPECT_EQ(Quantity(3, "count"), "3");
}

TEST(Quantity, ShowsZeroAndNegativeValues) {
  EXPECT_EQ(Quantity(0, "s"), "0 s");
  EXPECT_EQ(Quantity(0, "B"), "0 B");
  EXPECT_EQ(Quantity(-1500, "B"), "-1.50 kB");
}

TEST(Quantity, NeverPrintsAnythingButAFigure) {
  EXPECT_EQ(Quantity(std::numeric_limits<double>::quiet_NaN(), "s"), "no figure");
  EXPECT_EQ(Quantity(kInfinity, "B"), "no figure");
  EXPECT_EQ(Plain(kInfinity), "no figure");
  EXPECT_EQ(Percent(kInfinity), "no figure");
  EXPECT_EQ(Exact(kInfinity, "s"), "no figure");
}

TEST(Quantity, EncodesAForeignUnit) { EXPECT_EQ(Quantity(1, "<b>|"), "1.00 \\<b\\>&#124;"); }

TEST(QuantityBeside, AddsDigitsUntilItReadsDifferently) {
  EXPECT_EQ(QuantityBeside(1.9996, "s", 2), "1.9996 s");
  EXPECT_EQ(QuantityBeside(2.0004, "s", 2), "2.0004 s");
  EXPECT_EQ(QuantityBeside(1.19, "s", 2), "1.19 s");
  EXPECT_EQ(QuantityBeside(2, "s", 2), "2.00 s");
}

TEST(Exact, LosesNothingOfAWrittenLimit) {
  EXPECT_EQ(Exact(2, "s"), "2 s");
  EXPECT_EQ(Exact(0.35, "s"), "350 ms");
  EXPECT_EQ(Exact(1.25, "x"), "1.25x");
  EXPECT_EQ(Exact(0.8 * 1.25, "x"), "1x");
}

TEST(EstimateText, ShowsTheValueWithItsInterval) {
  const harness::EstimateRecord estimate{
      .value = 1.19, .low = 1.12, .high = 1.31, .confidence = 0.9};
  EXPECT_EQ(EstimateText(estimate, "s", 2), "1.19 s [1.12 s, 1.31 s]");
}

TEST(EstimateText, SaysWhatIsOpenCensoredOrMissing) {
  EXPECT_EQ(EstimateText({.value = 60, .value_at_least = true, .low = 60.0, .high = {}}, "s", 2),
            ">= 60.0 s [60.0 s, open]");
  EXPECT_EQ(EstimateText({.value = 9, .low = {}, .high = 9.5}, "x", 20), "9.00x [open, 9.50x]");
  EXPECT_EQ(EstimateText({.value = 9, .low = {}, .high = {}}, "x", 20), "9.00x [no interval yet]");
  EXPECT_EQ(EstimateText({}, "s", 2), "no usable block");
}

TEST(ValueText, SaysWhatIsMissing) {
  EXPECT_EQ(ValueText({}, "s"), "not measured");
  EXPECT_EQ(ValueText({.value = 60, .value_at_least = true, .low = {}, .high = {}}, "s"),
            ">= 60.0 s");
}

TEST(Percent, ReachesNeitherEndByRounding) {
  EXPECT_EQ(Percent(0.952941), "95.3 %");
  EXPECT_EQ(Percent(0.5), "50 %");
  EXPECT_EQ(Percent(0), "0 %");
  EXPECT_EQ(Percent(1), "100 %");
  EXPECT_EQ(Percent(0.99977), "more than 99.9 %");
  EXPECT_EQ(Percent(0.0001), "less than 0.1 %");
  EXPECT_EQ(Percent(1.137), "113.7 %");
}

TEST(Plain, ReadsAtEverySize) {
  EXPECT_EQ(Plain(21.25), "21.2");
  EXPECT_EQ(Plain(20), "20");
  EXPECT_EQ(Plain(0.0833333), "0.0833");
  EXPECT_EQ(Plain(1.234e8), "1.2 x 10^8");
  EXPECT_EQ(Plain(1e300), "1.0 x 10^300");
}

TEST(Count, GroupsThousandsAndFollowsGrammar) {
  EXPECT_EQ(Count(3087467104), "3,087,467,104");
  EXPECT_EQ(Count(100), "100");
  EXPECT_EQ(CountOf(1, "block"), "1 block");
  EXPECT_EQ(CountOf(2000, "block"), "2,000 blocks");
  EXPECT_EQ(CountOf(0, "block"), "0 blocks");
}

}  // namespace
}  // namespace falsify::reports
