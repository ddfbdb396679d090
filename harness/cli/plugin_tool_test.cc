#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"
#include "nlohmann/json.hpp"

/// Shared libraries as loaders, built as their authors would build them.
namespace falsify::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Library(const std::string& name) {
  return std::string(FALSIFY_PLUGINS) + "/plugin_" + name + ".so";
}

class PluginToolTest : public ToolTest {
 protected:
  /// Runs a study with these subjects and hypotheses; its record.
  nlohmann::json Judge(const std::string& subjects, const std::string& hypotheses) {
    Write("s.yaml",
          "schema: falsify/study/v1\n"
          "id: T\n"
          "defaults: {watch: 0 s, timeout: 2 s}\n"
          "models:\n"
          "  tiny: {generate: {shape: tiny}}\n"
          "  copy: {path: copy.safetensors}\n"
          "subjects:\n"
          "  mapped: {loader: mmap, model: tiny}\n" +
              subjects + "hypotheses:\n" + hypotheses);
    ran = Run({"run", "s.yaml", "--out", "o", "--seed", "1", "--no-prove"});
    EXPECT_EQ(ran.signal, 0);
    auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"), nullptr, false);
    EXPECT_TRUE(record.is_object()) << ran.err;
    return record;
  }

  Ran ran;
};

std::map<std::string, nlohmann::json> ById(const nlohmann::json& record) {
  std::map<std::string, nlohmann::json> judged;
  for (const auto& h : record["hypotheses"]) judged[h["id"]] = h;
  return judged;
}

TEST_F(PluginToolTest, TheTemplatesKeepEveryRuleOfTheAbiAndPassEveryClaim) {
  for (const std::string name : {"mapped_safetensors", "read_safetensors"}) {
    const Ran checked = Run({"plugin", "check", Library(name), "--out", name});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("ok      10 read refuses bytes beyond the end\n"));
    EXPECT_THAT(checked.out, Not(HasSubstr("BROKEN")));
    EXPECT_EQ(LastLine(checked.out), "PASS: PLUGIN-CHECK, 5 of 5 hypotheses passed (exit code 0)");
  }
}

TEST_F(PluginToolTest, ALibraryThatBreaksTheRulesIsToldWhichOnes) {
  const Ran checked = Run({"plugin", "check", Library("hostile"), "--out", "o"});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.out, HasSubstr("BROKEN  02 open refuses a missing file: it was opened\n"));
  EXPECT_THAT(checked.out,
              HasSubstr("BROKEN  10 read refuses bytes beyond the end: answered OK, expected "
                        "RANGE\n"));
  EXPECT_THAT(LastLine(checked.out), HasSubstr("BROKEN: "));
}

TEST_F(PluginToolTest, WhatIsNoPluginIsRefusedInOneLine) {
  Write("text.so", "no library");
  const Ran text = Run({"plugin", "check", "text.so", "--out", "o"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(text.out, HasSubstr("[PLUGIN_OPEN]"));
  const Ran none = Run({"plugin", "check", "none.so", "--out", "o"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_EQ(none.err, "falsify: none.so: there is no such file [PLUGIN_OPEN]\n");
  const Ran other = Run({"plugin", "check", "/lib/x86_64-linux-gnu/libm.so.6", "--out", "o"});
  EXPECT_THAT(other.out, HasSubstr("exports no falsify_loader_entry"));
}

TEST_F(PluginToolTest, APluginAndABuiltInLoaderOfTheSameKindAgree) {
  const auto record = Judge(
      "  mine: {loader: {plugin: " + Library("mapped_safetensors") +
          "}, model: tiny}\n"
          "  copying: {loader: {plugin: " +
          Library("read_safetensors") + "}, model: tiny}\n",
      "  - {id: bytes, claim: c, subject: mine, measure: same_payload, predict: {equals: true}}\n"
      "  - {id: token, claim: c, subject: mine, measure: same_first_token, relative_to: mapped, "
      "predict: {equals: true}}\n"
      "  - {id: held, claim: c, subject: mine, measure: peak_anon, workload: touch, predict: "
      "{below: 1 MB}}\n"
      "  - {id: copied, claim: c, subject: copying, measure: peak_anon, workload: touch, predict: "
      "{below: 1 MB}}\n");
  auto h = ById(record);
  EXPECT_EQ(h["bytes"]["verdict"], "PASS") << h["bytes"]["why"];
  EXPECT_EQ(h["token"]["verdict"], "PASS") << h["token"]["why"];
  EXPECT_EQ(h["held"]["verdict"], "PASS") << h["held"]["why"];
  EXPECT_EQ(h["copied"]["verdict"], "FALSIFIED") << h["copied"]["why"];
  EXPECT_EQ(record["subjects"]["mine"]["loader"], "plugin(" + Library("mapped_safetensors") + ")");
  EXPECT_EQ(record["subjects"]["mine"]["model"]["payload_digest"],
            record["subjects"]["mapped"]["model"]["payload_digest"]);
}

struct Way {
  const char* name;
  const char* outcome;  ///< of its trials; empty: the subject is turned down before them
  const char* said;     ///< in the reason
};

std::string NameOfWay(const testing::TestParamInfo<Way>& info) {
  std::string name = info.param.name;
  std::erase(name, '-');
  return name;
}

class HostilePlugin : public PluginToolTest, public testing::WithParamInterface<Way> {};

TEST_P(HostilePlugin, CostsItsOwnTrialsAndNoOther) {
  std::filesystem::create_directories(folder / "cache");
  ASSERT_EQ(Run({"fixtures", "generate", "copy.safetensors"}).exit_code, 0);
  const auto record =
      Judge("  bad: {loader: {plugin: " + Library("hostile") + ", options: {way: \"" +
                GetParam().name + "\"}}, model: copy}\n",
            "  - {id: good, claim: c, subject: mapped, measure: peak_anon, workload: touch, "
            "predict: {below: 1 MB}}\n"
            "  - {id: bad, claim: c, subject: bad, measure: peak_anon, predict: {below: 1 kB}}\n");
  auto h = ById(record);
  EXPECT_EQ(h["good"]["verdict"], "PASS") << h["good"]["why"];
  EXPECT_NE(h["bad"]["verdict"], "PASS") << h["bad"]["why"];
  EXPECT_THAT(std::string(h["bad"]["why"]), HasSubstr(GetParam().said));
  EXPECT_NE(ran.exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Way, HostilePlugin,
    testing::Values(Way{"crash", "", ""}, Way{"abort", "", ""}, Way{"exit", "", ""},
                    Way{"exit-now", "", ""}, Way{"null", "", ""}, Way{"close", "", ""},
                    Way{"rubbish", "", ""}, Way{"kill-group", "", ""}, Way{"child", "", ""},
                    Way{"print", "", ""}, Way{"print-error", "", ""}, Way{"many", "", ""},
                    Way{"dtype", "", ""}, Way{"dims", "", ""}, Way{"size", "", ""},
                    Way{"huge", "", ""}, Way{"no-name-end", "", ""}, Way{"no-end", "", ""},
                    Way{"escape", "", ""}, Way{"fork", "", ""}, Way{"kill-parent", "", ""},
                    Way{"truncate", "", ""}, Way{"change", "", ""}),
    NameOfWay);

}  // namespace
}  // namespace falsify::cli
