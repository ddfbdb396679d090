#include "harness/study/units.h"

#include <array>
#include <clocale>
#include <cmath>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

double Read(std::string_view text, Quantity quantity) {
  const Result<double> value = ParseQuantity(text, quantity, "x");
  EXPECT_TRUE(value) << text << ": " << value.error().Line();
  return value.value_or(NAN);
}

std::string Problem(std::string_view text, Quantity quantity, std::string_view what) {
  const Result<double> value = ParseQuantity(text, quantity, what);
  return value ? "no error" : value.error().Line();
}

TEST(ParseQuantity, ReadsEveryTimeUnit) {
  EXPECT_EQ(Read("2 ns", Quantity::kTime), 2e-9);
  EXPECT_EQ(Read("2 us", Quantity::kTime), 2e-6);
  EXPECT_EQ(Read("2 ms", Quantity::kTime), 2e-3);
  EXPECT_EQ(Read("2 s", Quantity::kTime), 2);
  EXPECT_EQ(Read("2 m", Quantity::kTime), 120);
  EXPECT_EQ(Read("2 min", Quantity::kTime), 120);
  EXPECT_EQ(Read("2 h", Quantity::kTime), 7200);
}

TEST(ParseQuantity, TellsPowersOfTenFromPowersOfTwo) {
  EXPECT_EQ(Read("1 B", Quantity::kBytes), 1);
  EXPECT_EQ(Read("1 kB", Quantity::kBytes), 1e3);
  EXPECT_EQ(Read("1 MB", Quantity::kBytes), 1e6);
  EXPECT_EQ(Read("1 GB", Quantity::kBytes), 1e9);
  EXPECT_EQ(Read("1 TB", Quantity::kBytes), 1e12);
  EXPECT_EQ(Read("1 KiB", Quantity::kBytes), 0x1p10);
  EXPECT_EQ(Read("1 MiB", Quantity::kBytes), 0x1p20);
  EXPECT_EQ(Read("1 GiB", Quantity::kBytes), 0x1p30);
  EXPECT_EQ(Read("1 TiB", Quantity::kBytes), 0x1p40);
}

TEST(ParseQuantity, ReadsEveryRateUnit) {
  EXPECT_EQ(Read("3 B/s", Quantity::kRate), 3);
  EXPECT_EQ(Read("3 kB/s", Quantity::kRate), 3e3);
  EXPECT_EQ(Read("3 MB/s", Quantity::kRate), 3e6);
  EXPECT_EQ(Read("3 GB/s", Quantity::kRate), 3e9);
  EXPECT_EQ(Read("3 KiB/s", Quantity::kRate), 3 * 0x1p10);
  EXPECT_EQ(Read("3 MiB/s", Quantity::kRate), 3 * 0x1p20);
  EXPECT_EQ(Read("3 GiB/s", Quantity::kRate), 3 * 0x1p30);
}

TEST(ParseQuantity, ReadsRatiosAndCountsWithoutAUnit) {
  EXPECT_EQ(Read("1.25", Quantity::kRatio), 1.25);
  EXPECT_EQ(Read("8.6x", Quantity::kRatio), 8.6);
  EXPECT_EQ(Read("8.6 x", Quantity::kRatio), 8.6);
  EXPECT_EQ(Read("1000", Quantity::kCount), 1000);
  EXPECT_EQ(Read("1e3", Quantity::kCount), 1000);
}

TEST(ParseQuantity, ScalesDecimalUnitsWithoutRounding) {
  EXPECT_EQ(Read("350 ms", Quantity::kTime), 0.35);
  EXPECT_EQ(Read("0.1 ms", Quantity::kTime), 0.0001) << "0.1 * 1e-3 is another double";
  EXPECT_EQ(Read("3us", Quantity::kTime), 0.000003);
  EXPECT_EQ(Read("1.1e+3 ms", Quantity::kTime), 1.1);
  EXPECT_EQ(Read("1.05 MB", Quantity::kBytes), 1050000) << "not 1.05 * 2^20";
}

TEST(ParseQuantity, NamesWhatAMeasureExpects) {
  EXPECT_EQ(Problem("2", Quantity::kTime, "ttft"),
            "\"2\" has no unit; ttft is a time: write 2 s or 350 ms [STUDY_UNIT]");
  EXPECT_EQ(Problem("2 GiB", Quantity::kTime, "ttft"),
            "\"2 GiB\" is in bytes; ttft is a time: write 2 s or 350 ms [STUDY_UNIT]");
  EXPECT_EQ(Problem("2 s", Quantity::kBytes, "peak_rss"),
            "\"2 s\" is a time; peak_rss is in bytes: write 3 GiB or 512 MB [STUDY_UNIT]");
  EXPECT_EQ(Problem("2 GB", Quantity::kRate, "throughput"),
            "\"2 GB\" is in bytes; throughput is a rate: write 2 GB/s or 500 MiB/s [STUDY_UNIT]");
  EXPECT_EQ(Problem("2 GB/s", Quantity::kBytes, "peak_rss"),
            "\"2 GB/s\" is a rate; peak_rss is in bytes: write 3 GiB or 512 MB [STUDY_UNIT]");
  EXPECT_EQ(Problem("8.6x", Quantity::kTime, "ttft"),
            "\"8.6x\" is a ratio; ttft is a time: write 2 s or 350 ms [STUDY_UNIT]");
  EXPECT_EQ(Problem("10 ms", Quantity::kCount, "major_faults"),
            "\"10 ms\" is a time; major_faults is a count: write a plain number such as 1000 "
            "[STUDY_UNIT]");
  EXPECT_EQ(Problem("50 %", Quantity::kRatio, "relative ttft"),
            "\"50 %\" has the unknown unit \"%\"; relative ttft is a ratio: write 1.25 or 8.6x "
            "[STUDY_UNIT]");
}

TEST(ParseQuantity, RefusesUnitsThatOnlyLookRight) {
  for (const auto* text : {"2 S", "2 sec", "2 Ms", "2 MS", "2 ms ", "2 s s", "2\ts", "2_s"}) {
    EXPECT_FALSE(ParseQuantity(text, Quantity::kTime, "x")) << text;
  }
  for (const auto* text : {"2 KB", "2 mb", "2 Mb", "2 Gib", "2 gib", "2 MiB/s", "2 M"}) {
    EXPECT_FALSE(ParseQuantity(text, Quantity::kBytes, "x")) << text;
  }
}

TEST(ParseQuantity, HasANumberGrammarOfItsOwn) {
  for (const auto* number : {"nan", ".nan",  "NaN", "inf", ".inf", "Infinity", "0x10", "010", "00",
                             "+2",  "1_000", "1,5", ".5",  "5.",   "1.2.3",    "--2",  "- 2", "",
                             " 2",  "e3",    "1e",  "1e+", "0o17", "two",      "2 2"}) {
    const std::string with_unit = std::string(number) + " s";
    EXPECT_FALSE(ParseQuantity(with_unit, Quantity::kTime, "x")) << with_unit;
    EXPECT_FALSE(ParseNumber(number)) << number;
  }
}

TEST(ParseQuantity, LeavesRangesToItsCaller) {
  EXPECT_EQ(Read("-1 s", Quantity::kTime), -1);
  EXPECT_EQ(Read("0 s", Quantity::kTime), 0);
}

TEST(ParseQuantity, RefusesWhatNoDoubleHolds) {
  const std::string range = "; x is a time: write 2 s or 350 ms [STUDY_RANGE]";
  for (const std::string text :
       {"1e400 s", "1e308 h", "1e-400 s", "1e99999999999999999999 s", "1e-99999999999 ns"}) {
    EXPECT_EQ(Problem(text, Quantity::kTime, "x"),
              '"' + text + "\" is too large or too small" + range);
  }
}

TEST(ParseNumber, ReadsJsonNumbers) {
  EXPECT_EQ(ParseNumber("0"), 0.0);
  EXPECT_EQ(ParseNumber("-12.5e-1"), -1.25);
  EXPECT_EQ(ParseNumber("1E5"), 1e5);
  EXPECT_EQ(ParseNumber("1e400"), std::nullopt);
}

TEST(ParseNumber, DoesNotAskTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const auto* comma : {"de_DE.UTF-8", "fr_FR.UTF-8"}) std::setlocale(LC_ALL, comma);
  EXPECT_EQ(ParseNumber("1.5"), 1.5);
  EXPECT_EQ(ParseNumber("1,5"), std::nullopt);
  std::setlocale(LC_ALL, before.c_str());
}

TEST(FormatQuantity, WritesWhatAPersonWould) {
  EXPECT_EQ(FormatQuantity(60, Quantity::kTime), "60 s");
  EXPECT_EQ(FormatQuantity(604800, Quantity::kTime), "168 h");
  EXPECT_EQ(FormatQuantity(0.35, Quantity::kTime), "0.35 s");
  EXPECT_EQ(FormatQuantity(1e-9, Quantity::kTime), "1 ns");
  EXPECT_EQ(FormatQuantity(3 * 0x1p30, Quantity::kBytes), "3 GiB");
  EXPECT_EQ(FormatQuantity(638e6, Quantity::kBytes), "638 MB");
  EXPECT_EQ(FormatQuantity(0, Quantity::kBytes), "0 B");
  EXPECT_EQ(FormatQuantity(2.5e9, Quantity::kRate), "2.5 GB/s");
  EXPECT_EQ(FormatQuantity(1.25, Quantity::kRatio), "1.25");
  EXPECT_EQ(FormatQuantity(1000, Quantity::kCount), "1000");
}

TEST(FormatQuantity, IsReadBackAsTheSameDouble) {
  std::mt19937_64 random(20260121);
  std::uniform_real_distribution<double> digits(1, 10);
  std::uniform_int_distribution<int> powers(-12, 18);
  for (const Quantity quantity :
       {Quantity::kTime, Quantity::kBytes, Quantity::kRate, Quantity::kCount, Quantity::kRatio}) {
    for (int i = 0; i < 2000; ++i) {
      const double value = digits(random) * std::pow(10.0, powers(random));
      const std::string text = FormatQuantity(value, quantity);
      ASSERT_EQ(Read(text, quantity), value) << text;
    }
  }
}

TEST(QuantityOf, FollowsTheMeasure) {
  EXPECT_EQ(QuantityOf(MeasureKind::kTime), Quantity::kTime);
  EXPECT_EQ(QuantityOf(MeasureKind::kRate), Quantity::kRate);
  EXPECT_EQ(QuantityOf(MeasureKind::kBytes), Quantity::kBytes);
  EXPECT_EQ(QuantityOf(MeasureKind::kCount), Quantity::kCount);
}

}  // namespace
}  // namespace falsify::harness
