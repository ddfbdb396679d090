#include "harness/serve/text_stream.h"

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

TEST(TextStream, HoldsBackACharacterUntilItIsWhole) {
  TextStream stream;
  EXPECT_EQ(stream.Add("a\xF0\x9F"), "a");
  EXPECT_EQ(stream.Add("\x98"), "");
  EXPECT_EQ(stream.Add("\x80!"), "\U0001F600!");
  EXPECT_EQ(stream.Finish(), "");
}

TEST(TextStream, ShowsWhatIsNoCharacterAsReplaced) {
  TextStream stream;
  EXPECT_EQ(stream.Add("\xFFz"), "\uFFFDz");
  EXPECT_EQ(stream.Add("\xE4\xB8"), "");
  EXPECT_EQ(stream.Add("x"), "\uFFFDx");
  EXPECT_EQ(stream.Add("\xC3"), "");
  EXPECT_EQ(stream.Finish(), "\uFFFD");
  EXPECT_EQ(stream.Finish(), "");
}

TEST(TextStream, GivesTheSameTextHoweverItIsCut) {
  const std::string text = "h\u00E9llo \u4F60\u597D \U0001F600\U0001F468\u200D\U0001F469 end";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    TextStream stream;
    std::string shown;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      shown += stream.Add(std::string_view(text).substr(at, piece));
    }
    EXPECT_EQ(shown + stream.Finish(), text) << piece;
  }
}

}  // namespace
}  // namespace falsify::harness
