#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"
#include "nlohmann/json.hpp"

/// Programs as loaders: the shipped example, and a dozen that break the protocol.
namespace falsify::cli {
namespace {

using ::testing::HasSubstr;

class CommandToolTest : public ToolTest {
 protected:
  nlohmann::json Judge(const std::string& command, const std::string& hypotheses,
                       const std::vector<std::string>& options = {}) {
    Write("s.yaml",
          "schema: falsify/study/v1\n"
          "id: T\n"
          "defaults: {watch: 0 s, timeout: 5 s}\n"
          "models:\n"
          "  big: {generate: {payload: 8 MiB}}\n"
          "  tiny: {generate: {shape: tiny}}\n"
          "subjects:\n"
          "  mine: {loader: {command: " +
              command +
              "}, model: big}\n"
              "  mapped: {loader: mmap, model: big}\n"
              "hypotheses:\n" +
              hypotheses);
    std::vector<std::string> arguments = {"run", "s.yaml", "--out", "o", "--seed", "1"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    ran = Run(arguments);
    EXPECT_EQ(ran.signal, 0);
    auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"), nullptr, false);
    EXPECT_TRUE(record.is_object()) << ran.err;
    return record;
  }

  /// `engine.py` on the smallest model, which is fast to load again and again.
  nlohmann::json JudgeTiny(const std::string& hypotheses) {
    Write("t.yaml",
          "schema: falsify/study/v1\nid: T\ndefaults: {watch: 0 s}\n"
          "models: {tiny: {generate: {shape: tiny}}}\n"
          "subjects: {mine: {loader: {command: [python3, engine.py]}, model: tiny}}\n"
          "hypotheses:\n" +
              hypotheses);
    ran = Run({"run", "t.yaml", "--out", "o", "--seed", "1", "--no-prove"});
    return nlohmann::json::parse(Slurp(folder / "o/record.json"), nullptr, false);
  }

  Ran ran;
};

TEST_F(CommandToolTest, TheExampleHoldsWhatIsInTheFileAndNoMore) {
  Write("my_loader.py", Slurp(FALSIFY_SOURCE_DIR "/fixtures/commands/read_safetensors.py"));
  const auto record = Judge(
      "[python3, my_loader.py]",
      "  - {id: bytes, claim: c, subject: mine, measure: same_payload, predict: {equals: true}}\n"
      "  - {id: memory, claim: c, subject: mine, measure: peak_anon, workload: touch, "
      "relative_to: payload, predict: {below: 2}}\n"
      "  - {id: opened, claim: c, subject: mine, measure: rss_after_load, relative_to: payload, "
      "predict: {below: 0.5}}\n"
      "  - {id: file, claim: c, subject: mine, measure: peak_file, workload: touch, relative_to: "
      "payload, predict: {below: 0.5}}\n");
  auto h = ById(record);
  for (const char* id : {"bytes", "memory", "opened"}) {
    EXPECT_EQ(h[id]["verdict"], "PASS") << id << ": " << h[id]["why"];
  }
  // It maps the file, and reads all of it.
  EXPECT_EQ(h["file"]["verdict"], "FALSIFIED") << h["file"]["why"];
  EXPECT_EQ(record["subjects"]["mine"]["payload_digest"],
            record["subjects"]["mine"]["model"]["payload_digest"]);
  for (const auto& trial : record["trials"]) {
    if (trial["subject"] != "mine" || !trial["measures"].contains("load_time")) continue;
    EXPECT_GT(trial["measures"]["load_time"], 0);
    EXPECT_EQ(trial["outcome"], "ok");
  }
}

TEST_F(CommandToolTest, SaysWhichWorkAProgramCannotDo) {
  Write("my_loader.py", Slurp(FALSIFY_SOURCE_DIR "/fixtures/commands/read_safetensors.py"));
  auto h = ById(Judge("[python3, my_loader.py]",
                      "  - {id: soak, claim: c, subject: mine, measure: no_leak, predict: {equals: "
                      "true}}\n"));
  EXPECT_EQ(h["soak"]["verdict"], "ERROR");
  const auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"));
  EXPECT_THAT(std::string(record["trials"][0]["cause"]),
              HasSubstr("soak needs a loader inside our own process; write a plug-in"));
}

/// An engine whose token depends on every byte of the file, or on none.
std::string EngineScript(const std::string& token) {
  return "import hashlib, json, os, sys\n"
         "events = os.fdopen(3, 'w', buffering=1)\n"
         "print('{\"event\": \"ready\"}', file=events)\n"
         "request = json.loads(sys.stdin.readline())\n"
         "data = open(request['model'], 'rb').read()\n"
         "digest = hashlib.sha256(data + str(request['prompt']).encode()).digest()\n"
         "print('{\"event\": \"opened\"}', file=events)\n"
         "if request['work'] == 'first_token':\n"
         "    token = " +
         token +
         "\n"
         "    print(json.dumps({'event': 'first_token', 'token': token}), file=events)\n"
         "print('{\"event\": \"done\"}', file=events)\n"
         "sys.stdin.read()\n";
}

TEST_F(CommandToolTest, AnEngineThatIgnoresItsWeightsIsCaught) {
  const std::string claim =
      "  - {id: used, claim: c, subject: mine, measure: weights_used, timeout: 60 s, blocks: {min: "
      "5, max: 5}, predict: {equals: true}}\n";
  Write("engine.py", EngineScript("int.from_bytes(digest[:4], 'little')"));
  EXPECT_EQ(ById(JudgeTiny(claim))["used"]["verdict"], "PASS");
  Write("engine.py", EngineScript("len(request['prompt'])"));
  auto used = ById(JudgeTiny(claim))["used"];
  EXPECT_EQ(used["verdict"], "FALSIFIED") << used["why"];
  EXPECT_THAT(std::string(used["why"]), HasSubstr("the output stayed the same"));
}

struct Broken {
  const char* name;
  const char* script;  ///< of sh; descriptor 3 takes events
  const char* said;    ///< in the reason, if the program was not stopped for its time
};

class BrokenCommand : public CommandToolTest, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenCommand, CostsItsOwnTrialsAndIsNamed) {
  Write("broken.sh", GetParam().script);
  auto h =
      ById(Judge("[sh, broken.sh]",
                 "  - {id: bad, claim: c, subject: mine, measure: peak_anon, predict: {below: 1 "
                 "kB}}\n"
                 "  - {id: good, claim: c, subject: mapped, measure: bytes_read, workload: "
                 "touch, predict: {below: 1 MB}}\n",
                 {"--no-prove"}));
  EXPECT_EQ(h["good"]["verdict"], "PASS") << h["good"]["why"];
  EXPECT_EQ(h["bad"]["verdict"], "ERROR") << h["bad"]["why"];
  EXPECT_THAT(std::string(h["bad"]["why"]), HasSubstr(GetParam().said));
  EXPECT_EQ(ran.exit_code, 4);
}

constexpr Broken kBroken[] = {
    {"Silent", "exit 0\n", "ended its events before it was done"},
    {"Rubbish", "echo '{\"event\":' >&3; cat\n", "an event is no JSON object"},
    {"Binary", "printf '\\377\\000\\n' >&3; cat\n", "an event is no JSON object"},
    {"UnknownEvent", "echo '{\"event\":\"redy\"}' >&3; cat\n", "there is no event \"redy\""},
    {"NoEvent", "echo '{}' >&3; cat\n", "there is no event \"\""},
    {"OutOfOrder", "echo '{\"event\":\"done\"}' >&3; cat\n",
     "it said \"done\", expected \"ready\""},
    {"LongLine", "yes xxxxxxxx | tr -d '\\n' | head -c 3000000 >&3; cat\n",
     "a line of more than 1 MiB"},
    {"Deep", "printf '[%.0s' $(seq 1 5000) >&3; echo >&3; cat\n", "an event is no JSON object"},
    {"CutOff", "printf '{\"event\":\"ready\"}' >&3; exit 0\n", "its last event has no end of line"},
    {"Deaf", "echo '{\"event\":\"ready\"}' >&3; exec 0<&-; exit 0\n", "[COMMAND_PROTOCOL]"},
    {"Refuses",
     "echo '{\"event\":\"ready\"}' >&3; read r; echo "
     "'{\"event\":\"error\",\"kind\":\"refused\",\"message\":\"no such luck\"}' >&3; cat\n",
     "no such luck [COMMAND_REFUSED]"},
    {"Escapes",
     "echo '{\"event\":\"ready\"}' >&3; read r; printf "
     "'{\"event\":\"error\",\"message\":\"\\\\u001b[31mred\"}\\n' >&3; cat\n",
     "[COMMAND_FAILED]"},
    {"Dies", "kill -9 $$\n", "ended its events before it was done"},
};

std::string NameOf(const testing::TestParamInfo<Broken>& one) { return one.param.name; }

INSTANTIATE_TEST_SUITE_P(Way, BrokenCommand, testing::ValuesIn(kBroken), NameOf);

TEST_F(CommandToolTest, AProgramThatHangsIsEndedWithAllItStarted) {
  Write("hang.sh", "echo '{\"event\":\"ready\"}' >&3; sleep 300 & sleep 300\n");
  Write("s.yaml",
        "schema: falsify/study/v1\n"
        "id: T\n"
        "models: {m: {generate: {payload: 1 MiB}}}\n"
        "subjects: {mine: {loader: {command: [sh, hang.sh]}, model: m}}\n"
        "hypotheses:\n"
        "  - {id: A, claim: c, subject: mine, measure: peak_anon, predict: {below: 1 kB}}\n");
  // Proving its content may take a quarter of an hour: this run is interrupted instead.
  const pid_t pid = Start({"run", "s.yaml", "--out", "o"});
  for (int i = 0; i < 200 && Slurp(folder / "o/journal.jsonl").empty(); ++i) usleep(20'000);
  usleep(500'000);
  kill(pid, SIGTERM);
  EXPECT_EQ(Finish(pid).exit_code, 143);
}

}  // namespace
}  // namespace falsify::cli
