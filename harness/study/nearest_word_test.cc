#include "harness/study/nearest_word.h"

#include <array>
#include <span>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

constexpr std::array<std::string_view, 4> kWords = {"peak_rss", "peak_anon", "ttft", "mmap"};

TEST(EditDistance, CountsEachKindOfSlipOnce) {
  EXPECT_EQ(EditDistance("mmap", "mmap"), 0U);
  EXPECT_EQ(EditDistance("mmp", "mmap"), 1U) << "a letter left out";
  EXPECT_EQ(EditDistance("mmmap", "mmap"), 1U) << "a letter too many";
  EXPECT_EQ(EditDistance("mnap", "mmap"), 1U) << "a wrong letter";
  EXPECT_EQ(EditDistance("mmpa", "mmap"), 1U) << "two letters swapped";
}

TEST(EditDistance, KnowsPublishedValues) {
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("ca", "abc"), 3U) << "optimal string alignment; full Damerau has 2";
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("", ""), 0U);
}

TEST(NearestWord, FindsWhatWasMeant) {
  EXPECT_EQ(NearestWord("peak_rs", kWords), "peak_rss");
  EXPECT_EQ(NearestWord("TTFT", kWords), "ttft");
  EXPECT_EQ(NearestWord("ttff", kWords), "ttft");
  EXPECT_EQ(NearestWord("peek_annon", kWords), "peak_anon");
}

TEST(NearestWord, DoesNotGuessAtNonsense) {
  EXPECT_EQ(NearestWord("bananas", kWords), std::nullopt);
  EXPECT_EQ(NearestWord("", kWords), std::nullopt);
  EXPECT_EQ(NearestWord("mm", kWords), std::nullopt) << "half of mmap";
}

TEST(NearestWord, TakesTheFirstOfEquals) {
  constexpr std::array<std::string_view, 2> kTwins = {"word_a", "word_b"};
  EXPECT_EQ(NearestWord("word_c", kTwins), "word_a");
}

TEST(SuggestWord, OffersTheNearestOrAllOrSaysThatThereAreNone) {
  EXPECT_EQ(SuggestWord("mmpa", kWords), "did you mean \"mmap\"?");
  EXPECT_EQ(SuggestWord("zzz", kWords), "valid: peak_rss, peak_anon, ttft, mmap");
  EXPECT_EQ(SuggestWord("zzz", {}), "none is declared");
}

TEST(SuggestWord, ListsNoMoreThanOneCanRead) {
  const std::vector<std::string_view> words(25, "w");
  std::string twenty = "w";
  for (int i = 1; i < 20; ++i) twenty += ", w";
  EXPECT_EQ(SuggestWord("zzz", words), "valid: " + twenty + " and 5 more");
  EXPECT_EQ(SuggestWord("zzz", std::span(words).first(20)), "valid: " + twenty);
}

TEST(SuggestWord, LooksOnlyAtTheStartOfALongWord) {
  EXPECT_EQ(SuggestWord(std::string(1U << 20, 'm'), kWords),
            "valid: peak_rss, peak_anon, ttft, mmap");
}

TEST(Quoted, CutsALongTextBetweenCharacters) {
  EXPECT_EQ(Quoted("short"), "\"short\"");
  EXPECT_EQ(Quoted(std::string(60, 'a')), '"' + std::string(60, 'a') + '"');
  EXPECT_EQ(Quoted(std::string(61, 'a')), '"' + std::string(60, 'a') + "...\"");
  EXPECT_EQ(Quoted(std::string(59, 'a') + "\u00fcber"), '"' + std::string(59, 'a') + "...\"");
}

}  // namespace
}  // namespace falsify::harness
