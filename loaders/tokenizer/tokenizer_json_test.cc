#include "loaders/tokenizer/tokenizer_json.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "loaders/test_files.h"
#include "loaders/tokenizer/small_vocabulary.h"
#include "nlohmann/json.hpp"

namespace falsify::loaders {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json SmallJson() { return json::parse(RenderTokenizerJson(SmallVocabulary()).tokenizer); }

Result<Vocabulary> Parsed(const json& tokenizer, const std::string& config = "") {
  return ParseTokenizerJson({tokenizer.dump(), config}, "tokenizer.json");
}

TEST(TokenizerJson, ReadsBackWhatItWrote) {
  for (const PreTokenizer& rule : PreTokenizers()) {
    Vocabulary vocabulary = SmallVocabulary(rule.name);
    vocabulary.pad = kEnd;
    vocabulary.add_bos = true;
    vocabulary.chat_template = "{{ 'x' }}\n\"";
    const auto again = ParseTokenizerJson(RenderTokenizerJson(vocabulary), "again");
    ASSERT_TRUE(again) << again.error().Line();
    EXPECT_EQ(*again, vocabulary) << rule.name;
  }
}

TEST(TokenizerJson, ReadsMergesAsPairsToo) {
  json tokenizer = SmallJson();
  json pairs = json::array();
  for (const std::string merge : tokenizer["model"]["merges"]) {
    const std::size_t space = merge.find(' ');
    pairs.push_back(json::array({merge.substr(0, space), merge.substr(space + 1)}));
  }
  tokenizer["model"]["merges"] = pairs;
  const auto parsed = Parsed(tokenizer);
  ASSERT_TRUE(parsed) << parsed.error().Line();
  EXPECT_EQ(parsed->merges, SmallVocabulary().merges);
}

TEST(TokenizerJson, TakesSpecialTokensFromTheConfigAsTextOrAsObject) {
  const auto parsed = Parsed(
      SmallJson(),
      R"({"model_max_length": 1000000000000000019884624838656, "bos_token": null, "eos_token": {"content": "<|end|>2"}, "pad_token": "<|end|>"})");
  ASSERT_TRUE(parsed) << parsed.error().Line();
  EXPECT_EQ(parsed->bos, std::nullopt);
  EXPECT_EQ(parsed->eos, kEnd2);
  EXPECT_EQ(parsed->pad, kEnd);
}

TEST(TokenizerJson, NamesIdsThatNoTokenHas) {
  json tokenizer = SmallJson();
  tokenizer["added_tokens"][2]["id"] = 270;
  const auto parsed = Parsed(tokenizer);
  ASSERT_TRUE(parsed) << parsed.error().Line();
  ASSERT_EQ(parsed->tokens.size(), 271U);
  EXPECT_EQ(parsed->tokens[265], "[PAD265]");
  EXPECT_EQ(parsed->types[265], TokenType::kUnused);
}

struct Refused {
  const char* code;
  const char* said;
  void (*spoil)(json&);
};

TEST(TokenizerJson, RefusesWhatItWouldEncodeOtherwise) {
  constexpr Refused kRefused[] = {
      {"TOKENIZER_JSON", "has no model", [](json& t) { t.erase("model"); }},
      {"TOKENIZER_JSON", "vocab is no object", [](json& t) { t["model"]["vocab"] = 1; }},
      {"TOKENIZER_JSON", "has no number", [](json& t) { t["model"]["vocab"]["x1"] = "1"; }},
      {"TOKENIZER_JSON", "merges is no list", [](json& t) { t["model"].erase("merges"); }},
      {"TOKENIZER_JSON", "merge 5 is neither", [](json& t) { t["model"]["merges"].push_back(7); }},
      {"TOKENIZER_JSON", "added_tokens is no list", [](json& t) { t["added_tokens"] = "x"; }},
      {"TOKENIZER_KIND", "of type \"Unigram\"", [](json& t) { t["model"]["type"] = "Unigram"; }},
      {"TOKENIZER_KIND", "expected byte-level",
       [](json& t) { t["model"]["byte_fallback"] = true; }},
      {"TOKENIZER_KIND", "normalizer \"Lowercase\"",
       [](json& t) { t["normalizer"]["type"] = "Lowercase"; }},
      {"TOKENIZER_KIND", "neither Qwen2's", [](json& t) { t["normalizer"] = nullptr; }},
      {"TOKENIZER_KIND", "neither Qwen2's",
       [](json& t) { t["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "."; }},
      {"TOKENIZER_KIND", "neither Qwen2's", [](json& t) { t["pre_tokenizer"] = nullptr; }},
      {"TOKENIZER_KIND", "depends on what is beside it",
       [](json& t) { t["added_tokens"][0]["lstrip"] = true; }},
      {"TOKENIZER_ID", "two tokens of id 5", [](json& t) { t["model"]["vocab"]["x1"] = 5; }},
      {"TOKENIZER_ID", "token 99999999", [](json& t) { t["model"]["vocab"]["x1"] = 99999999; }},
      {"TOKENIZER_BYTES", "no token for byte", [](json& t) { t["model"]["vocab"].erase("A"); }},
      {"TOKENIZER_MERGES", "\"q q\"", [](json& t) { t["model"]["merges"].push_back("q q"); }},
  };
  for (const Refused& refused : kRefused) {
    json tokenizer = SmallJson();
    refused.spoil(tokenizer);
    const auto parsed = Parsed(tokenizer);
    ASSERT_FALSE(parsed) << refused.said;
    EXPECT_EQ(parsed.error().code, refused.code);
    EXPECT_THAT(parsed.error().what, HasSubstr(refused.said));
  }
  EXPECT_EQ(ParseTokenizerJson({"[]", ""}, "t").error().code, "TOKENIZER_JSON");
  EXPECT_EQ(ParseTokenizerJson({"", ""}, "t").error().code, "TOKENIZER_JSON");
  EXPECT_EQ(Parsed(SmallJson(), "nothing").error().code, "TOKENIZER_JSON");
}

}  // namespace
}  // namespace falsify::loaders
