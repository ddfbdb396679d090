#include "harness/meters/proc_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kText =
    "Name:\tVmHWM: 1 kB\n"
    "VmPeak:\t    3060 kB\n"
    "VmHWM:\t    1788 kB\n"
    "Threads:\t1\n"
    "model name\t: Intel(R) Xeon(R) Processor\n"
    "Rss:\t-5 kB\n"
    "Huge:\t18014398509481984 kB\n"
    "Huger:\t18446744073709551616\n"
    "Unitless:\t12\n"
    "Empty:\n";

TEST(ProcText, ReadsKibibytesAsBytes) {
  EXPECT_EQ(ParseKibField(kText, "VmHWM", "status").value(), 1788U * 1024);
}

TEST(ProcText, FindsFieldsAtTheStartOfALineOnly) {
  EXPECT_EQ(FindField(kText, "HWM"), std::nullopt);
  EXPECT_EQ(FindField(kText, "Vm"), std::nullopt);
  EXPECT_EQ(FindField(kText, "Name"), "VmHWM: 1 kB");
}

TEST(ProcText, AllowsBlanksBeforeTheColonAsCpuinfoHasThem) {
  EXPECT_EQ(FindField(kText, "model name"), "Intel(R) Xeon(R) Processor");
}

TEST(ProcText, NamesAMissingField) {
  EXPECT_EQ(ParseKibField(kText, "VmRSS", "status").error().Line(),
            "status: no field VmRSS [METER_FIELD]");
}

TEST(ProcText, RefusesANegativeNumber) {
  EXPECT_EQ(ParseKibField(kText, "Rss", "status").error().Line(),
            "status: field Rss is \"-5 kB\", expected a number of kB [METER_FIELD]");
}

TEST(ProcText, RefusesANumberOfKibibytesWhoseBytesDoNotFit) {
  EXPECT_EQ(ParseKibField(kText, "Huge", "status").error().code, "METER_FIELD");
}

TEST(ProcText, RefusesANumberOfMoreThan64Bits) {
  EXPECT_EQ(ParseCountField(kText, "Huger", "io").error().Line(),
            "io: field Huger is \"18446744073709551616\", expected a number [METER_FIELD]");
}

TEST(ProcText, RefusesAKibFieldWithoutItsUnit) {
  EXPECT_FALSE(ParseKibField(kText, "Unitless", "status").has_value());
  EXPECT_EQ(ParseCountField(kText, "Unitless", "status").value(), 12U);
}

TEST(ProcText, RefusesAnEmptyField) {
  EXPECT_EQ(ParseCountField(kText, "Empty", "status").error().code, "METER_FIELD");
}

TEST(ProcText, ReadsALastLineWithoutANewline) {
  EXPECT_EQ(ParseCountField("rchar: 7\nwchar: 8", "wchar", "io").value(), 8U);
}

TEST(ProcText, TakesDigitsAndNothingElseForANumber) {
  EXPECT_EQ(ParseUnsigned("0"), 0U);
  EXPECT_EQ(ParseUnsigned("18446744073709551615"), ~std::uint64_t{0});
  for (const std::string_view text : {"", " 1", "1 ", "12x", "+1", "-1", "0x1", "1.5"}) {
    EXPECT_EQ(ParseUnsigned(text), std::nullopt) << text;
  }
}

TEST(ProcText, TakesWordsUntilTheEnd) {
  std::string_view text = "  one\ttwo ";
  EXPECT_EQ(TakeWord(text), "one");
  EXPECT_EQ(TakeWord(text), "two");
  EXPECT_EQ(TakeWord(text), "");
  EXPECT_EQ(TakeWord(text), "");
}

}  // namespace
}  // namespace falsify::harness
