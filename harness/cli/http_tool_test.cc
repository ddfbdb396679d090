#include <csignal>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"
#include "nlohmann/json.hpp"

/// Servers as subjects: our own, and a dozen that break. No claim here is of a time: a host that is
/// never quiet would keep each of its blocks waiting.
namespace falsify::cli {
namespace {

using ::testing::HasSubstr;

class HttpToolTest : public ToolTest {
 protected:
  nlohmann::json Judge(const std::string& subjects, const std::string& hypotheses,
                       const std::vector<std::string>& options = {}) {
    Write("s.yaml",
          "schema: falsify/study/v1\n"
          "id: T\n"
          "defaults: {watch: 0 s, timeout: 5 s}\n"
          "models:\n"
          "  tiny: {generate: {shape: tiny, tokenizer: true}}\n"
          "subjects:\n"
          "  mapped: {loader: mmap, model: tiny}\n" +
              subjects + "hypotheses:\n" + hypotheses);
    std::vector<std::string> arguments = {"run", "s.yaml", "--out", "o", "--seed", "1"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    ran = Run(arguments);
    EXPECT_EQ(ran.signal, 0);
    auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"), nullptr, false);
    EXPECT_TRUE(record.is_object()) << ran.err;
    return record;
  }

  static std::string Served(const std::string& name, const std::string& api) {
    return "  " + name + ": {loader: {http: {url: \"http://127.0.0.1:{port}\", start: [" +
           FALSIFY_BINARY + ", serve, \"{model}\", --port, \"{port}\"], api: " + api +
           "}}, model: tiny}\n";
  }

  static std::string Broken(const std::string& way) {
    return "  bad: {loader: {http: {url: \"http://127.0.0.1:{port}\", start: [python3, " +
           std::string(FALSIFY_SOURCE_DIR) + "/fixtures/servers/broken_server.py, \"{port}\", " +
           way +
           "], stop: 300 ms}}, "
           "model: tiny}\n";
  }

  Ran ran;
};

TEST_F(HttpToolTest, AServerOnTheSameDecoderChoosesTheSameFirstToken) {
  const std::string chat = "workload: {first_token: {prompt: \"What is 2+2?\", chat: chatml}}, ";
  const std::string text = "workload: {first_token: {prompt: \"Once upon a time\"}}, ";
  const std::string tokens = "workload: {first_token: {prompt_tokens: 6}}, ";
  const std::string same = "measure: same_first_token, relative_to: mapped, ";
  const auto record = Judge(
      Served("chat", "openai-chat") + Served("text", "openai-completions"),
      "  - {id: A, claim: c, subject: chat, " + same + chat + "predict: {equals: true}}\n" +
          "  - {id: B, claim: c, subject: text, " + same + text + "predict: {equals: true}}\n" +
          "  - {id: C, claim: c, subject: text, " + same + tokens + "predict: {equals: true}}\n");
  auto h = ById(record);
  for (const char* id : {"A", "B", "C"}) {
    EXPECT_EQ(h[id]["verdict"], "PASS") << id << ": " << h[id]["why"];
  }
  EXPECT_THAT(Slurp(folder / "o/report.md"),
              HasSubstr("taken at its word for the file it was given: `chat` and `text`"));
}

TEST_F(HttpToolTest, EveryMeasureOfAServerIsTaken) {
  const auto record =
      Judge(Served("served", "openai-completions"),
            "  - {id: up, claim: c, subject: served, measure: peak_anon, workload: open, predict: "
            "{below: 1 GB}}\n"
            "  - {id: rate, claim: c, subject: served, measure: peak_anon, workload: {generate: "
            "{prompt_tokens: 9, max_tokens: 8}}, predict: {below: 1 GB}}\n",
            {"--no-prove"});
  const std::vector<std::string> always = {"startup_time", "shutdown_time", "peak_rss",
                                           "peak_anon",    "cpu_time",      "bytes_read"};
  int generated = 0;
  for (const auto& trial : record["trials"]) {
    ASSERT_EQ(trial["outcome"], "ok") << trial["cause"];
    for (const std::string& measure : always) {
      EXPECT_TRUE(trial["measures"].contains(measure)) << measure;
    }
    EXPECT_FALSE(trial["digests"].contains("stopped_by"));
    if (!trial["measures"].contains("decode_rate")) continue;
    ++generated;
    EXPECT_GT(trial["measures"]["ttft"], 0);
    EXPECT_EQ(trial["digests"]["tokens_counted_by"], "server");
  }
  EXPECT_GT(generated, 0);
}

TEST_F(HttpToolTest, AServerThatUsesItsWeightsPassesAndItsSabotageIsCaught) {
  const auto record =
      Judge(Served("served", "openai-completions"),
            "  - {id: used, claim: c, subject: served, measure: weights_used, blocks: {min: 5, "
            "max: 5}, timeout: 60 s, predict: {equals: true}}\n");
  EXPECT_EQ(ById(record)["used"]["verdict"], "PASS") << ById(record)["used"]["why"];
}

TEST_F(HttpToolTest, AServerIsReachedBehindTheStrictFenceAndTheRecordSaysWhatItIs) {
  const auto record =
      Judge(Served("served", "openai-completions"),
            "  - {id: up, claim: c, subject: served, measure: peak_anon, workload: open, predict: "
            "{below: 1 GB}}\n"
            "  - {id: read, claim: c, subject: mapped, measure: bytes_read, workload: touch, "
            "predict: {below: 1 MB}}\n",
            {"--no-prove", "--set", "defaults.sandbox=strict"});
  auto h = ById(record);
  EXPECT_EQ(h["up"]["verdict"], "PASS") << h["up"]["why"];
  EXPECT_EQ(h["read"]["verdict"], "PASS") << h["read"]["why"];
  EXPECT_THAT(std::string(record["environment"]["confinement"]), testing::StartsWith("strict: "));
}

TEST_F(HttpToolTest, AServerThatRunsAlreadyIsMeteredAndLeftRunning) {
  ASSERT_EQ(Run({"fixtures", "generate", "m.safetensors", "--tokenizer"}).exit_code, 0);
  std::filesystem::remove(folder / "out");
  const pid_t server = Start({"serve", "m.safetensors"});
  std::string url;
  for (int i = 0; i < 500 && !url.ends_with('\n'); ++i) {
    usleep(10'000);
    url = Slurp(folder / "out");
  }
  url.pop_back();
  Write("server.pid", std::to_string(server) + "\n");
  const auto record =
      Judge("  running: {loader: {http: {url: \"" + url +
                "\", pid_file: server.pid, api: openai-completions}}, model: tiny}\n",
            "  - {id: token, claim: c, subject: running, measure: bytes_read, workload: "
            "{first_token: {prompt_tokens: 6}}, predict: {below: 1 GB}}\n",
            {"--no-prove"});
  EXPECT_EQ(ById(record)["token"]["verdict"], "PASS") << ById(record)["token"]["why"];
  for (const auto& trial : record["trials"]) {
    EXPECT_TRUE(trial["measures"].contains("peak_rss"));
    EXPECT_GT(trial["measures"]["ttft"], 0);
    EXPECT_FALSE(trial["measures"].contains("startup_time"));
  }
  EXPECT_EQ(kill(server, 0), 0) << "it is not ours to stop";
  kill(server, SIGTERM);
  EXPECT_EQ(Finish(server).exit_code, 0);
}

struct Way {
  const char* name;
  const char* said;
};

class BrokenServer : public HttpToolTest, public testing::WithParamInterface<Way> {};

TEST_P(BrokenServer, CostsItsOwnTrialsAndIsNamed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (std::string(GetParam().name) == "endless") GTEST_SKIP() << "its time is up before its events";
#endif
  const auto record = Judge(
      Broken(GetParam().name),
      "  - {id: good, claim: c, subject: mapped, measure: bytes_read, workload: touch, predict: "
      "{below: 1 MB}}\n"
      "  - {id: bad, claim: c, subject: bad, measure: peak_anon, timeout: 2 s, workload: "
      "{first_token: {prompt: hello}}, blocks: {min: 5, max: 5}, predict: {below: 1 GB}}\n",
      {"--no-prove"});
  auto h = ById(record);
  EXPECT_EQ(h["good"]["verdict"], "PASS") << h["good"]["why"];
  EXPECT_NE(h["bad"]["verdict"], "PASS") << h["bad"]["why"];
  EXPECT_THAT(h["bad"].dump() + record["trials"].dump(), HasSubstr(GetParam().said));
}

std::string NameOf(const testing::TestParamInfo<Way>& info) {
  std::string name = info.param.name;
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Way, BrokenServer,
    testing::Values(Way{"exit", "exited with 3 before it was ready [HTTP_START]"},
                    Way{"never-ready", "was never ready [HTTP_TIMEOUT]"},
                    Way{"status", "answered 500: <html>"}, Way{"redirect", "answered 302"},
                    Way{"gzip", "an encoded body"}, Way{"die", "[HTTP_PROTOCOL]"},
                    Way{"empty", "a completion without content [HTTP_EMPTY]"},
                    Way{"garbage", "an event is no JSON object [HTTP_STREAM]"},
                    Way{"error", "out of slots [HTTP_ERROR]"}, Way{"hang", "[HTTP_TIMEOUT]"},
                    Way{"drip", "[HTTP_TIMEOUT]"}, Way{"endless", "more than 100,000 events"},
                    Way{"late-error", "lost it [HTTP_ERROR]"}),
    NameOf);

TEST_F(HttpToolTest, AServerThatIsDeafToItsEndIsKilledAndItIsSaid) {
  const auto record = Judge(Broken("deaf"),
                            "  - {id: bad, claim: c, subject: bad, measure: peak_anon, workload: "
                            "{first_token: {prompt: hello}}, predict: {below: 1 GB}}\n",
                            {"--no-prove"});
  ASSERT_FALSE(record["trials"].empty());
  for (const auto& trial : record["trials"]) {
    EXPECT_EQ(trial["digests"]["stopped_by"], "SIGKILL");
    EXPECT_GE(trial["measures"]["shutdown_time"], 0.3) << "what `stop` allows";
  }
}

}  // namespace
}  // namespace falsify::cli
