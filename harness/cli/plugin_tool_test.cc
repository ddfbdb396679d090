#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"
#include "harness/trial/fence.h"
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
          "defaults: {watch: 0 s, timeout: 1 s}\n"
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

TEST_F(PluginToolTest, TheTemplatesKeepEveryRuleOfTheAbiAndPassEveryClaim) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer keeps memory that was freed";
#endif
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
      "  - {id: held, claim: c, subject: mine, measure: bytes_read, workload: touch, predict: "
      "{below: 100 kB}}\n"
      "  - {id: copied, claim: c, subject: copying, measure: bytes_read, workload: touch, predict: "
      "{below: 100 kB}}\n");
  auto h = ById(record);
  EXPECT_EQ(h["bytes"]["verdict"], "PASS") << h["bytes"]["why"];
  EXPECT_EQ(h["token"]["verdict"], "PASS") << h["token"]["why"];
  EXPECT_EQ(h["held"]["verdict"], "PASS") << h["held"]["why"];
  EXPECT_EQ(h["copied"]["verdict"], "FALSIFIED") << h["copied"]["why"];
  EXPECT_EQ(record["subjects"]["mine"]["loader"], "plugin(" + Library("mapped_safetensors") + ")");
  EXPECT_EQ(record["subjects"]["mine"]["model"]["payload_digest"],
            record["subjects"]["mapped"]["model"]["payload_digest"]);
}

TEST_F(PluginToolTest, AnEngineThatIgnoresItsWeightsIsCaughtAndItsTensorsAreNamed) {
  const auto record = Judge(
      "  honest: {loader: {plugin: " + Library("engine") + "}, model: tiny}\n" +
          "  sine: {loader: {plugin: " + Library("sine_engine") + "}, model: tiny}\n",
      "  - {id: bytes, claim: c, subject: sine, measure: same_payload, predict: {equals: true}}\n"
      "  - {id: honest, claim: c, subject: honest, measure: weights_used, predict: {equals: "
      "true}}\n"
      "  - {id: sine, claim: c, subject: sine, measure: weights_used, predict: {equals: true}}\n");
  auto h = ById(record);
  EXPECT_EQ(h["bytes"]["verdict"], "PASS") << "it holds the weights: " << h["bytes"]["why"];
  EXPECT_EQ(h["honest"]["verdict"], "PASS") << h["honest"]["why"];
  EXPECT_EQ(h["sine"]["verdict"], "FALSIFIED") << h["sine"]["why"];
  EXPECT_THAT(std::string(h["sine"]["why"]), HasSubstr("the output stayed the same with"));
}

struct Way {
  const char* name;
  const char* said;  ///< in the reason
};

std::string NameOfWay(const testing::TestParamInfo<Way>& info) {
  std::string name = info.param.name;
  std::erase(name, '-');
  return name;
}

class HostilePlugin : public PluginToolTest, public testing::WithParamInterface<Way> {};

TEST_P(HostilePlugin, CostsItsOwnTrialsAndNoOther) {
  const std::string way = GetParam().name;
#if defined(__SANITIZE_ADDRESS__)
  if (way == "crash" || way == "huge" || way == "descriptors") {
    GTEST_SKIP() << "the sanitizer ends the worker first";
  }
#endif
  const std::string kept = harness::Fence::Make({.writable = {folder.string()}}).keeps_from();
  const bool signals = way == "kill-parent";
  const bool kept_from_files = kept == "files" || kept == "files and signals";
  const bool writes = way == "truncate" || way == "change";
  if ((signals && kept != "files and signals") || (writes && !kept_from_files)) {
    GTEST_SKIP() << "this kernel keeps workers from " << kept;
  }
  std::filesystem::create_directories(folder / "cache");
  ASSERT_EQ(Run({"fixtures", "generate", "copy.safetensors"}).exit_code, 0);
  const auto record =
      Judge("  bad: {loader: {plugin: " + Library("hostile") + ", options: {way: \"" +
                GetParam().name + "\"}}, model: copy}\n",
            "  - {id: good, claim: c, subject: mapped, measure: bytes_read, workload: touch, "
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
    testing::Values(
        Way{"crash", "killed by SIGSEGV"}, Way{"abort", "killed by SIGABRT"},
        Way{"exit", "exited with 0 but did not answer"},
        Way{"exit-now", "exited with 0 but did not answer"},
        Way{"null", "made no model [PLUGIN_LIES]"}, Way{"close", "does not hold the model's bytes"},
        Way{"rubbish", "does not hold the model's bytes"}, Way{"kill-group", "killed by SIGKILL"},
        Way{"child", "does not hold the model's bytes"},
        Way{"print", "does not hold the model's bytes"},
        Way{"print-error", "does not hold the model's bytes"}, Way{"many", "[PLUGIN_LIES]"},
        Way{"dtype", "dtype \"F99\" is unknown"}, Way{"dims", "has 1000 dims"},
        Way{"size", "which its shape of F32 does not take"}, Way{"huge", "[IO_MEMORY]"},
        Way{"no-name-end", "does not hold the model's bytes"}, Way{"no-end", "[PLUGIN_REFUSED]"},
        Way{"escape", "\\x1b[31m::set-output name=a::b [PLUGIN_REFUSED]"},
        Way{"descriptors", "does not hold the model's bytes"},
        Way{"fork", "does not hold the model's bytes"},
        Way{"kill-parent", "does not hold the model's bytes"},
        Way{"truncate", "does not hold the model's bytes"},
        Way{"change", "does not hold the model's bytes"},
        Way{"spin-beside", "does not hold the model's bytes"}, Way{"hang", "timeout"},
        Way{"deaf", "timeout"}, Way{"spin", "timeout"}, Way{"stop", "timeout"}),
    NameOfWay);

}  // namespace
}  // namespace falsify::cli
