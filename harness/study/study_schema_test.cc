#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "harness/study/grammar.h"
#include "harness/study/json_schema_for_test.h"
#include "harness/study/measures.h"
#include "harness/study/study_cases.h"
#include "harness/study/yaml_tree.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

const json& Schema() {
  static const json kSchema =
      json::parse(std::ifstream(FALSIFY_SOURCE_DIR "/harness/study/study.schema.json"));
  return kSchema;
}

const json& Definition(std::string_view name) { return Schema().at("$defs").at(std::string(name)); }

Words Sorted(Words words) {
  std::ranges::sort(words);
  return words;
}

template <class Range>
Words AsWords(const Range& range) {
  Words words;
  for (const auto& word : range) words.emplace_back(word);
  return words;
}

template <class Range>
Words NamesOf(const Range& range) {
  Words words;
  for (const auto& entry : range) words.emplace_back(entry.name);
  return words;
}

std::string BrokenBySchema(const std::string& yaml) {
  const auto tree = ParseYaml(yaml, "s.yaml");
  EXPECT_TRUE(tree) << tree.error().Line();
  return BrokenBy(ToJson(**tree), Schema(), Schema());
}

TEST(StudySchema, HasTheKeysOfTheParser) {
  for (const MapGrammar& grammar : kGrammars) {
    const json& definition = Definition(grammar.name);
    Words known, required;
    for (const KeyEntry& key : grammar.keys) {
      known.emplace_back(key.name);
      if (key.need == Need::kRequired) required.emplace_back(key.name);
    }
    Words properties;
    for (const auto& [key, unused] : definition.at("properties").items()) properties.push_back(key);
    EXPECT_EQ(Sorted(properties), Sorted(known)) << grammar.name;
    EXPECT_EQ(definition.value("required", Words{}), required) << grammar.name;
    EXPECT_EQ(definition.at("additionalProperties"), false) << grammar.name;
  }
}

TEST(StudySchema, HasTheWordsOfTheParser) {
  EXPECT_EQ(Definition("measure_name").at("enum").get<Words>(), NamesOf(Measures()));
  EXPECT_EQ(Definition("workload_name").at("enum").get<Words>(), NamesOf(Workloads()));
  for (const WordGrammar& grammar : {kCacheWords, kModeWords, kSandboxWords, kChatWords, kApiWords,
                                     kPrecisionWords, kDtypeWords, kVectorWords, kFormatWords}) {
    EXPECT_EQ(Definition(grammar.name).at("enum").get<Words>(), AsWords(grammar.words));
  }
  Words with_options;
  const json& options = Definition("workload").at("anyOf").at(1).at("properties");
  for (const auto& [key, unused] : options.items()) with_options.push_back(key);
  EXPECT_EQ(with_options, Sorted(NamesOf(Workloads())));
  EXPECT_EQ(Definition("study").at("properties").at("schema").at("const"), kStudySchema);
}

class SchemaRefuses : public testing::TestWithParam<StudyCase> {};
class SchemaAccepts : public testing::TestWithParam<StudyCase> {};

std::string CaseName(const testing::TestParamInfo<StudyCase>& info) {
  return std::string(info.param.name);
}

std::vector<StudyCase> RefusedThatASchemaKnows() {
  std::vector<StudyCase> known;
  for (const StudyCase& refused : RefusedStudies()) {
    if (refused.schema == SchemaKnows::kYes) known.push_back(refused);
  }
  return known;
}

TEST_P(SchemaRefuses, WhatTheParserRefuses) { EXPECT_NE(BrokenBySchema(Apply(GetParam())), ""); }
INSTANTIATE_TEST_SUITE_P(Rule, SchemaRefuses, testing::ValuesIn(RefusedThatASchemaKnows()),
                         CaseName);

TEST_P(SchemaAccepts, WhatTheParserAccepts) { EXPECT_EQ(BrokenBySchema(Apply(GetParam())), ""); }
INSTANTIATE_TEST_SUITE_P(Spelling, SchemaAccepts, testing::ValuesIn(AcceptedStudies()), CaseName);

TEST(StudySchema, AcceptsTheShippedStudy) {
  std::ifstream file(FALSIFY_SOURCE_DIR "/fixtures/studies/t-qa-019b.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(BrokenBySchema(text), "");
}

TEST(JsonSchemaForTest, ReportsAKeywordItDoesNotKnow) {
  EXPECT_EQ(BrokenBy(1, {{"multipleOf", 2}}, {}), ": keyword multipleOf is not understood");
}

}  // namespace
}  // namespace falsify::harness
