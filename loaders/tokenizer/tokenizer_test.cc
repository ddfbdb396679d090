#include "loaders/tokenizer/tokenizer.h"

#include <stdexcept>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/tokenizer/small_vocabulary.h"
#include "loaders/tokenizer/text_splitter.h"

namespace falsify::loaders {
namespace {

using ::testing::ElementsAre;

Tokenizer Made(const Vocabulary& vocabulary) {
  auto made = Tokenizer::Create(vocabulary, "test");
  if (!made) throw std::runtime_error(made.error().Line());
  return std::move(*made);
}

std::vector<std::uint32_t> Ids(const Tokenizer& tokenizer, std::string_view text) {
  auto ids = tokenizer.Encode(text);
  if (!ids) throw std::runtime_error(ids.error().Line());
  return std::move(*ids);
}

std::vector<std::string> Pieces(std::string_view rule, std::string_view text) {
  const auto splitter = TextSplitter::Create(*FindPreTokenizer(rule));
  std::vector<std::string> pieces;
  EXPECT_TRUE(splitter);
  const auto split =
      splitter->Split(text, [&](std::string_view piece) { pieces.emplace_back(piece); });
  EXPECT_TRUE(split);
  return pieces;
}

TEST(TextSplitter, CutsAsEachPreTokenizerSays) {
  EXPECT_THAT(Pieces("qwen2", "I've 123  cats\n\n don't"),
              ElementsAre("I", "'ve", " ", "1", "2", "3", " ", " cats", "\n\n", " don", "'t"));
  EXPECT_THAT(Pieces("llama-bpe", "1234 5"), ElementsAre("123", "4", " ", "5"));
  EXPECT_THAT(Pieces("gpt-2", "1234 5 IT'S"), ElementsAre("1234", " 5", " IT", "'", "S"));
  EXPECT_THAT(Pieces("qwen2", "IT'S"), ElementsAre("IT", "'S")) << "in capitals as well";
}

TEST(TextSplitter, CountsAllWhiteSpaceOfUnicode) {
  EXPECT_THAT(Pieces("qwen2", "a\u0085\u0085b"), ElementsAre("a", "\u0085", "\u0085b"));
  EXPECT_THAT(Pieces("qwen2", "a\v\vb"), ElementsAre("a", "\v", "\vb"));
}

TEST(TextSplitter, ComposesForQwen2AndForNoOther) {
  EXPECT_THAT(Pieces("qwen2", "e\u0301"), ElementsAre("\u00E9"));
  EXPECT_THAT(Pieces("llama-bpe", "e\u0301"), ElementsAre("e", "\u0301"));
}

TEST(TextSplitter, ReplacesWhatIsNoUtf8AsBrowsersDo) {
  EXPECT_EQ(ToValidUtf8("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(ToValidUtf8("\xE4\xB8z"), "\uFFFDz") << "a character cut short is replaced once";
  EXPECT_EQ(ToValidUtf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
  EXPECT_EQ(ToValidUtf8("fine \U0001F600"), "fine \U0001F600");
}

TEST(Tokenizer, EncodesAndGivesBackTheSameBytes) {
  const Tokenizer tokenizer = Made(SmallVocabulary());
  EXPECT_THAT(Ids(tokenizer, "hello world"), ElementsAre(kHello, kSpaceW, 'o', 'r', 'l', 'd'));
  const std::string text = "h\xC3\xA9llo \U0001F600 <|end|> he\n";
  std::string again;
  for (const std::uint32_t id : Ids(tokenizer, text)) again += tokenizer.BytesOf(id);
  EXPECT_EQ(again, text);
  EXPECT_THAT(Ids(tokenizer, ""), ElementsAre());
}

TEST(Tokenizer, FindsAddedTokensInTheTextTheLongestFirst) {
  const Tokenizer tokenizer = Made(SmallVocabulary());
  EXPECT_THAT(Ids(tokenizer, "he<|end|>he"), ElementsAre(kHe, kEnd, kHe));
  EXPECT_THAT(Ids(tokenizer, "<|end|>2<tool>"), ElementsAre(kEnd2, kTool));
  EXPECT_THAT(Ids(tokenizer, "<|en"), ElementsAre('<', '|', 'e', 'n'));
  EXPECT_TRUE(tokenizer.IsControl(kEnd));
  EXPECT_FALSE(tokenizer.IsControl(kTool));
  EXPECT_FALSE(tokenizer.IsControl(99999));
  EXPECT_EQ(tokenizer.BytesOf(99999), "");
}

TEST(Tokenizer, PutsTheFirstTokenBeforeATextWhereTheVocabularySaysSo) {
  Vocabulary vocabulary = SmallVocabulary();
  vocabulary.add_bos = true;
  EXPECT_THAT(Ids(Made(vocabulary), "he"), ElementsAre(kEnd, kHe));
}

TEST(Tokenizer, TakesAWholePieceBeforeItsMergesForLlama3) {
  Vocabulary vocabulary = SmallVocabulary("llama-bpe");
  vocabulary.merges = {"h e", "l l"};
  EXPECT_THAT(Ids(Made(vocabulary), "hello"), ElementsAre(kHello));
  vocabulary.pre_tokenizer = FindPreTokenizer("gpt-2");
  EXPECT_THAT(Ids(Made(vocabulary), "hello"), ElementsAre(kHe, 257, 'o'));
}

struct Broken {
  const char* code;
  void (*spoil)(Vocabulary&);
};

TEST(Tokenizer, RefusesAVocabularyThatContradictsItself) {
  constexpr Broken kBroken[] = {
      {"TOKENIZER_TYPES", [](Vocabulary& v) { v.types.pop_back(); }},
      {"TOKENIZER_ID", [](Vocabulary& v) { v.eos = 264; }},
      {"TOKENIZER_BYTES", [](Vocabulary& v) { v.types[65] = TokenType::kUnused; }},
      {"TOKENIZER_MERGES", [](Vocabulary& v) { v.merges.emplace_back("q q"); }},
      {"TOKENIZER_MERGES", [](Vocabulary& v) { v.merges.emplace_back("he"); }},
      {"TOKENIZER_MERGES", [](Vocabulary& v) { v.merges.emplace_back("h e l"); }},
      {"TOKENIZER_KIND", [](Vocabulary& v) { v.pre_tokenizer = nullptr; }},
  };
  for (const Broken& broken : kBroken) {
    Vocabulary vocabulary = SmallVocabulary();
    broken.spoil(vocabulary);
    const auto made = Tokenizer::Create(vocabulary, "test");
    ASSERT_FALSE(made) << broken.code;
    EXPECT_EQ(made.error().code, broken.code);
  }
}

}  // namespace
}  // namespace falsify::loaders
