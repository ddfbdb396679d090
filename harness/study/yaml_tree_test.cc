#include "harness/study/yaml_tree.h"

#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/study/yaml_text.h"

namespace falsify::harness {
namespace {

using Kind = YamlNode::Kind;
using namespace std::string_literals;

std::string Problem(std::string_view text, const YamlLimits& limits = {}) {
  const auto tree = ParseYaml(text, "s.yaml", limits);
  return tree ? "no error" : tree.error().Line();
}

std::shared_ptr<const YamlNode> Parse(std::string_view text) {
  const auto tree = ParseYaml(text, "s.yaml");
  EXPECT_TRUE(tree) << tree.error().Line();
  return tree.value_or(std::make_shared<YamlNode>());
}

std::string Repeat(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

std::string Place(const Location& at) { return fmt::format("{}:{}", at.line, at.column); }

TEST(YamlTree, KeepsWhatAPersonWroteAndWhere) {
  const auto root = Parse("id: T-1\nlist:\n  - 2 s\n  - {deep: 7}\n");
  ASSERT_EQ(root->kind, Kind::kMap);
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[0].key, "id");
  EXPECT_EQ(root->entries[0].value->text, "T-1");
  EXPECT_EQ(Place(root->entries[0].value->at), "1:5");
  EXPECT_EQ(Place(root->entries[1].key_at), "2:1");
  const YamlNode& list = *root->entries[1].value;
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0]->text, "2 s");
  EXPECT_EQ(Place(list.items[1]->entries[0].value->at), "4:12");
}

TEST(YamlTree, CountsColumnsInCharacters) {
  EXPECT_EQ(Place(Parse("{größe: 1, b: 2}")->entries[1].value->at), "1:15");
  EXPECT_EQ(Problem("{größe: 1, größe: 2}"),
            "s.yaml:1:12: key \"größe\" is already given in line 1 [STUDY_DUPLICATE]");
}

TEST(YamlTree, PointsToTheKeyOfAMissingValue) {
  EXPECT_EQ(Place(Parse("a:\nb: 1\n")->entries[0].value->at), "1:1");
}

TEST(YamlTree, ResolvesScalarsByTheCoreSchema) {
  for (const auto* null : {"~", "null", "Null", "NULL"}) EXPECT_EQ(PlainKind(null), Kind::kNull);
  for (const auto* yes : {"true", "True", "FALSE"}) EXPECT_EQ(PlainKind(yes), Kind::kBool) << yes;
  for (const auto* number : {"0", "-1", "+1", "010", "1.5", ".5", "5.", "1e3", "-.5E-3", "0x1F",
                             "0o17", ".inf", "-.INF", ".nan"}) {
    EXPECT_EQ(PlainKind(number), Kind::kNumber) << number;
  }
  for (const auto* text : {"no", "yes", "tRue", "1_000", "2 s", "1e", "e3", ".", "-", "0x", "0o8",
                           "1.2.3", "nan", "-.nan"}) {
    EXPECT_EQ(PlainKind(text), Kind::kText) << text;
  }
}

TEST(YamlTree, TakesAnythingQuotedForText) {
  for (const auto* text : {"'7'", "\"7\"", "|-\n 7", ">-\n 7", "&a '7'"}) {
    EXPECT_EQ(Parse(text)->kind, Kind::kText) << text;
    EXPECT_EQ(Parse(text)->text, "7") << text;
  }
}

TEST(YamlTree, AcceptsLineEndsAndMarksOfOtherSystems) {
  const auto root = Parse("\xEF\xBB\xBF"s + "a: 1\r\nb: x\r\n");
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[1].value->text, "x");
  EXPECT_EQ(Place(root->entries[1].value->at), "2:4");
  EXPECT_EQ(Place(root->entries[0].key_at), "1:1");
}

TEST(YamlTree, AcceptsTabsButNotAsIndentation) {
  EXPECT_EQ(Parse("a: [1,\t2]\t# x\n")->entries[0].value->items.size(), 2U);
  EXPECT_EQ(Problem("a:\n\t- 1\n"), "s.yaml:2:2: illegal block entry [STUDY_YAML]");
}

TEST(YamlTree, SharesPlainAliases) {
  const auto root = Parse("a: &nine {prompt_tokens: 9}\nb: *nine\n");
  EXPECT_EQ(root->entries[1].value, root->entries[0].value);
  EXPECT_EQ(Parse("- &a 1\n- *a\n- *a")->items[2]->text, "1");
}

TEST(YamlTree, RefusesCycles) {
  EXPECT_EQ(Problem("&x {a: *x}"),
            "s.yaml:1:8: an alias inside its own anchor; a study has no cycles [STUDY_ALIAS]");
  EXPECT_EQ(Problem("a: &x\n  - [*x]\n"),
            "s.yaml:2:6: an alias inside its own anchor; a study has no cycles [STUDY_ALIAS]");
  EXPECT_EQ(Problem("a: *x\n"), "s.yaml:1:4: the referenced anchor is not defined [STUDY_YAML]");
}

TEST(YamlTree, RefusesAliasBombs) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    bomb +=
        fmt::format("a{0}: &a{0} [{1}*a{2}]\n", i, Repeat(fmt::format("*a{},", i - 1), 8), i - 1);
  }
  EXPECT_EQ(Problem(bomb),
            "s.yaml:6:10: more than 100000 values once aliases are expanded; write shared settings "
            "under defaults: [STUDY_ALIAS]");
}

TEST(YamlTree, CountsWhatAnAliasStandsFor) {
  const YamlLimits limits{.bytes = 1000, .depth = 64, .nodes = 9};
  EXPECT_EQ(Problem("- &a [1, 2]\n- *a\n- 3\n- 4\n", limits), "no error");  // 1 + 3 + 3 + 1 + 1
  EXPECT_EQ(Problem("- &a [1, 2]\n- *a\n- 3\n- 4\n- 5\n", limits),
            "s.yaml:5:3: more than 9 values [STUDY_SIZE]");
  EXPECT_EQ(Problem("- &a [1, 2]\n- *a\n- *a\n", limits),
            "s.yaml:3:3: more than 9 values once aliases are expanded; write shared settings under "
            "defaults: [STUDY_ALIAS]");
}

TEST(YamlTree, RefusesDepthBelowAnAliasToo) {
  const std::string deep = Repeat("[", 40) + "1" + Repeat("]", 40);
  EXPECT_EQ(Problem("- &a " + deep + "\n- " + Repeat("[", 22) + "*a" + Repeat("]", 22)),
            "no error");
  EXPECT_EQ(Problem("- &a " + deep + "\n- " + Repeat("[", 23) + "*a" + Repeat("]", 23)),
            "s.yaml:2:26: nested deeper than 64 levels [STUDY_DEPTH]");
}

TEST(YamlTree, NestsSixtyFourLevelsAndNoMore) {
  EXPECT_EQ(Problem(Repeat("[", 64) + Repeat("]", 64)), "no error");
  EXPECT_EQ(Problem(Repeat("[", 65) + Repeat("]", 65)),
            "s.yaml:1:65: nested deeper than 64 levels [STUDY_DEPTH]");
  for (const auto* opened : {"[", "{a: ", "[a: "}) {  // and never closed
    EXPECT_THAT(Problem(Repeat(opened, 500)),
                testing::EndsWith(": nested deeper than 64 levels [STUDY_DEPTH]"));
  }
  EXPECT_EQ(Problem(Repeat("- ", 500)), "s.yaml:1:129: nested deeper than 64 levels [STUDY_DEPTH]");
  EXPECT_EQ(Problem(Repeat("? ", 500)), "s.yaml:1:129: nested deeper than 64 levels [STUDY_DEPTH]");
}

TEST(YamlTree, RefusesDuplicateKeys) {
  EXPECT_EQ(Problem("a: 1\nb:\n  c: 1\n  'c': 2\n"),
            "s.yaml:4:3: key \"c\" is already given in line 3 [STUDY_DUPLICATE]");
  EXPECT_EQ(Problem("a: {c: 1}\nb: {c: 1}\n"), "no error");
}

TEST(YamlTree, RefusesKeysThatAreNoText) {
  EXPECT_EQ(Problem("? [a]\n: 1\n"), "s.yaml:1:3: a key is text, not a list [STUDY_TYPE]");
  EXPECT_EQ(Problem("? {a: 1}\n: 1\n"), "s.yaml:1:3: a key is text, not a mapping [STUDY_TYPE]");
  EXPECT_EQ(Problem("~: 1\n"), "s.yaml:1:1: a key is text, not nothing [STUDY_TYPE]");
}

TEST(YamlTree, RefusesMergeKeys) {
  EXPECT_EQ(Problem("a: &a {x: 1}\nb:\n  <<: *a\n"),
            "s.yaml:3:3: merge keys (<<) are not taken; write shared settings under defaults: "
            "[STUDY_MERGE]");
}

TEST(YamlTree, RefusesTags) {
  EXPECT_EQ(Problem("a: !!python/object:os.system x\n"),
            "s.yaml:1:4: a tag (\"tag:yaml.org,2002:python/object:os.system\"); a study has none "
            "[STUDY_TAG]");
  EXPECT_EQ(Problem("a: !mine [1]\n"),
            "s.yaml:1:4: a tag (\"!mine\"); a study has none [STUDY_TAG]");
  for (const auto* text : {"!!str 5", "!!map {}", "!<x> 1", "! 5", "! [1]", "&a ! z", "! &a z",
                           "! '7'", "? !!str a\n: 1"}) {
    EXPECT_NE(Problem(text).find("[STUDY_TAG]"), std::string::npos) << text << Problem(text);
  }
}

TEST(YamlTree, RefusesASecondDocument) {
  const std::string refused = ": a second document; a study is one document [STUDY_DOCUMENTS]";
  EXPECT_EQ(Problem("a: 1\n---\nb: 2\n"), "s.yaml:2:1" + refused);
  EXPECT_EQ(Problem("a: 1\n---\n"), "s.yaml:2:1" + refused);
  EXPECT_EQ(Problem("a: 1\n...\n---\nb: 2\n"), "s.yaml:3:1" + refused);
  EXPECT_EQ(Problem("---\na: 1\n...\n"), "no error");
}

TEST(YamlTree, DoesNotLoopOnWhatFollowsTheDocument) {
  const std::string refused =
      ": the study has ended before this; is the indentation right? [STUDY_YAML]";
  EXPECT_EQ(Problem(", "), "s.yaml:1:1" + refused);
  EXPECT_EQ(Problem("[1]\nb: 2\n"), "s.yaml:2:1" + refused);
}

TEST(YamlTree, RefusesAnEmptyFile) {
  for (const auto* text : {"", "\n\n", "# nothing\n", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(Problem(text), "s.yaml: holds nothing [STUDY_EMPTY]");
  }
}

TEST(YamlTree, RefusesMoreThanOneMebibyte) {
  const std::string comment(YamlLimits{}.bytes - 5, '#');
  EXPECT_EQ(Problem("a: 1\n" + comment), "no error");
  EXPECT_EQ(Problem("a: 1\n" + comment + "#"),
            "s.yaml: larger than 1048576 bytes; is this a study? [STUDY_SIZE]");
}

TEST(YamlTree, RefusesInvalidUtf8) {
  const std::string hint = " is not valid UTF-8; save the file as UTF-8 text [STUDY_UTF8]";
  EXPECT_EQ(Problem("a: 1\nb: \xC3\xBCx\xFFy\n"), "s.yaml:2:6: byte 0xff" + hint);
  EXPECT_EQ(Problem("\xFF\xFE\x61"), "s.yaml:1:1: byte 0xff" + hint);
  EXPECT_EQ(Problem("a: \xED\xA0\x80"), "s.yaml:1:4: byte 0xed" + hint);  // a surrogate
  EXPECT_EQ(Problem("a: \xC0\x80"), "s.yaml:1:4: byte 0xc0" + hint);      // an overlong NUL
  EXPECT_EQ(Problem("a: \xE2\x82"), "s.yaml:1:4: byte 0xe2" + hint);      // cut off
}

TEST(YamlTree, RefusesControlCharacters) {
  const std::string hint = "; save the file as UTF-8 text [STUDY_UTF8]";
  EXPECT_EQ(Problem("a: 1\nb\0: 2\n"s), "s.yaml:2:2: control character 0x00" + hint);
  EXPECT_EQ(Problem("a\0:\0"s), "s.yaml:1:2: control character 0x00" + hint);  // UTF-16
  EXPECT_EQ(Problem("a: \x04 b: 1"), "s.yaml:1:4: control character 0x04" + hint);
  EXPECT_EQ(Problem("a: \x7F"), "s.yaml:1:4: control character 0x7f" + hint);
  EXPECT_EQ(Problem("a: \"x\\0\""),
            "s.yaml:1:4: an escaped NUL character; take it out [STUDY_UTF8]");
}

TEST(YamlTree, TranslatesSyntaxErrors) {
  EXPECT_EQ(Problem("a: [1, 2\n"), "s.yaml:2:1: end of sequence flow not found [STUDY_YAML]");
  EXPECT_EQ(Problem("a: b: c\n"), "s.yaml:1:5: illegal map value [STUDY_YAML]");
  EXPECT_EQ(Problem("a: \"\\ud800\"\n"), "s.yaml:1:11: invalid unicode: 55296 [STUDY_YAML]");
}

TEST(YamlTree, KeepsHostileTextOutOfTheTerminal) {
  EXPECT_EQ(Problem("\"\\e[2J\": 1\n\"\\e[2J\": 2\n"),
            "s.yaml:2:1: key \"\\x1b[2J\" is already given in line 1 [STUDY_DUPLICATE]");
}

TEST(YamlTree, RefusesAMebibyteOfAnythingHostile) {
  for (const std::string_view unit :
       {"[",   "{",     "- ",      "? ",         "[a: ",  "\"",      "&a ",         "*a ",
        "!a ", "a: ",   "a:\n",    "- a\n",      "[]\n",  "%",       "|\n",         ": ",
        ", ",  "# x\n", "[,",      "'a': ",      "? a\n", "--- a\n", "k: |\n  x\n", "@",
        "!<",  "[{",    "- 'a'\n", "- &a 'a'\n", "{a,"}) {
    const std::string problem = Problem(Repeat(unit, YamlLimits{}.bytes / unit.size()));
    EXPECT_NE(problem.find(" [STUDY_"), std::string::npos) << unit << ": " << problem;
  }
}

}  // namespace
}  // namespace falsify::harness
