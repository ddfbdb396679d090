#include <set>
#include <string>

#include "gtest/gtest.h"
#include "harness/cli/tool.h"

/// One loader, four ways to reach it: built in, as a plug-in, as a program, as a server.
namespace falsify::cli {
namespace {

class TransportsTest : public ToolTest {};

TEST_F(TransportsTest, HoldTheSameBytesAndChooseTheSameFirstTokenAndTheReportShowsWhatEachCosts) {
  const std::string binary = FALSIFY_BINARY;
  Write("s.yaml",
        "schema: falsify/study/v1\n"
        "id: TRANSPORTS\n"
        "defaults: {watch: 0 s, timeout: 10 s}\n"
        "models: {st: {generate: {shape: tiny, tokenizer: true}}}\n"
        "subjects:\n"
        "  built-in: {loader: mmap, model: st}\n"
        "  plug-in: {loader: {plugin: " FALSIFY_PLUGINS
        "/plugin_mapped_safetensors.so}, model: st}\n"
        "  program: {loader: {command: [" FALSIFY_ENGINE
        "]}, model: st}\n"
        "  server: {loader: {http: {url: \"http://127.0.0.1:{port}\", api: openai-completions, "
        "start: [" +
            binary +
            ", serve, \"{model}\", --port, \"{port}\"]}}, model: st}\n"
            "hypotheses:\n"
            "  - {id: A, claim: c, subject: plug-in, measure: same_payload, predict: {equals: "
            "true}}\n"
            "  - {id: B, claim: c, subject: program, measure: same_payload, predict: {equals: "
            "true}}\n"
            "  - {id: C, claim: c, subject: plug-in, measure: same_first_token, relative_to: "
            "built-in, "
            "workload: {first_token: {prompt_tokens: 6}}, predict: {equals: true}}\n"
            "  - {id: D, claim: c, subject: program, measure: same_first_token, relative_to: "
            "built-in, "
            "workload: {first_token: {prompt_tokens: 6}}, predict: {equals: true}}\n"
            "  - {id: E, claim: c, subject: server, measure: same_first_token, relative_to: "
            "built-in, "
            "workload: {first_token: {prompt_tokens: 6}}, predict: {equals: true}}\n");
  const Ran ran = Run({"run", "s.yaml", "--out", "o", "--seed", "1"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  const auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"), nullptr, false);
  ASSERT_TRUE(record.is_object());
  std::set<std::string> digests;
  for (const auto& [name, subject] : record["subjects"].items()) {
    digests.insert(subject["payload_digest"].get<std::string>());
    EXPECT_EQ(subject["taken_at_its_word"], name == "server");
  }
  EXPECT_EQ(digests.size(), 1U);
  const std::string report = Slurp(folder / "o/report.md");
  for (const char* said : {"`program` is a program: its clock", "`server` is a server: `ttft`",
                           "start ", ", request "}) {
    EXPECT_NE(report.find(said), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace falsify::cli
