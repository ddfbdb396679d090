#include "harness/trial/json_text.h"

#include <string>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

constexpr int kDepth = 16;
constexpr std::size_t kBytes = 1000;

std::string CodeOf(std::string_view text) {
  const auto parsed = ParseBounded(text, kDepth, kBytes);
  return parsed ? "parsed" : parsed.error().code;
}

std::string Nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(ParseBounded, TakesOneDocument) {
  const auto parsed = ParseBounded(R"( {"a": [1, 2.5, null]} )", kDepth, kBytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("a").at(1), 2.5);
}

TEST(ParseBounded, RefusesAnythingButOneDocument) {
  EXPECT_EQ(CodeOf(""), "JSON_SYNTAX");
  EXPECT_EQ(CodeOf("{} {}"), "JSON_SYNTAX");
  EXPECT_EQ(CodeOf("{"), "JSON_SYNTAX");
  EXPECT_EQ(CodeOf("{\"a\": NaN}"), "JSON_SYNTAX");
  EXPECT_EQ(CodeOf("{\"a\": 1e999}"), "JSON_SYNTAX");
  EXPECT_EQ(CodeOf("\"\xff\""), "JSON_SYNTAX");
}

TEST(ParseBounded, NamesTheByteAndQuotesNothing) {
  const auto parsed = ParseBounded("{\"a\": \x1b]0;owned}", kDepth, kBytes);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().Line(), "not one JSON document, byte 7 of 16 [JSON_SYNTAX]");
}

TEST(ParseBounded, CountsLevelsOfNesting) {
  EXPECT_EQ(CodeOf(Nested(kDepth)), "parsed");
  EXPECT_EQ(CodeOf(Nested(kDepth + 1)), "JSON_DEPTH");
  EXPECT_EQ(CodeOf("[[],[" + Nested(kDepth - 1) + "]]"), "JSON_DEPTH");
}

TEST(ParseBounded, SurvivesNestingThatWouldOverflowTheStack) {
  const auto parsed = ParseBounded(Nested(1'000'000), kDepth, 3'000'000);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().Line(), "nested deeper than 16 [JSON_DEPTH]");
}

TEST(ParseBounded, MeasuresBeforeItParses) {
  EXPECT_EQ(CodeOf(std::string(kBytes - 2, ' ') + "{}"), "parsed");
  const auto parsed = ParseBounded(std::string(kBytes - 1, '[') + "{}", kDepth, kBytes);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().Line(), "1001 B, at most 1000 B allowed [JSON_SIZE]");
}

TEST(ValidUtf8, LeavesValidTextAlone) {
  for (const std::string text : {"", "plain", "caf\xc3\xa9 \xf0\x9f\xa6\x89 \x1b[0m\n\"\\"}) {
    EXPECT_EQ(ValidUtf8(text), text);
  }
}

TEST(ValidUtf8, ReplacesWhatIsCutOrInvented) {
  EXPECT_EQ(ValidUtf8("caf\xc3"), "caf\xef\xbf\xbd");
  EXPECT_EQ(ValidUtf8("a\xff"
                      "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(ValidUtf8(std::string("a\0\x80", 3)), std::string("a\0\xef\xbf\xbd", 5));
}

TEST(DumpLine, NeverThrowsAndNeverBreaksTheLine) {
  EXPECT_EQ(DumpLine({{"k", "a\nb\xff"}}), "{\"k\":\"a\\nb\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace falsify::harness
