#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <sys/resource.h>
#include <thread>

#include "gmock/gmock.h"
#include "harness/cli/tool.h"
#include "nlohmann/json.hpp"

namespace falsify::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Judged by bytes alone, so that no busy machine can change its verdicts.
constexpr const char* kStudy = R"(schema: falsify/study/v1
id: T
title: Memory of two loaders
models:
  st: {generate: {shape: tiny, dtype: BF16, seed: 3}}
subjects:
  mapped: {loader: mmap, model: st}
  naive: {loader: read-copy-f32, model: st}
hypotheses:
  - id: mapped-bytes
    claim: A mapped model is not read through read calls
    subject: mapped
    measure: bytes_read
    workload: first_token
    relative_to: payload
    predict: {below: 0.5}
    control: naive
  - id: naive-bytes
    claim: The naive loader does not read its file either
    subject: naive
    measure: bytes_read
    workload: first_token
    relative_to: payload
    predict: {below: 0.5}
)";

nlohmann::json RecordIn(const std::filesystem::path& folder) {
  return nlohmann::json::parse(Slurp(folder / "record.json"), nullptr, false);
}

class CliTest : public ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    Write("study.yaml", kStudy);
  }

  void ExpectUsageError(const Ran& ran, const std::string& line) const {
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_EQ(ran.err, line + "\n");
    EXPECT_EQ(ran.out, "");
  }
};

TEST_F(CliTest, RunsAStudyFromFileToVerdict) {
  const Ran ran = Run({"run", "study.yaml", "--out", "o"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_EQ(LastLine(ran.out), "FALSIFIED: T, 1 of 2 hypotheses falsified, 1 passed (exit code 1)");
  const nlohmann::json record = RecordIn(folder / "o");
  EXPECT_EQ(record["verdict"], "FALSIFIED");
  EXPECT_EQ(record["hypotheses"][0]["verdict"], "PASS");
  EXPECT_EQ(record["hypotheses"][0]["proved"], true);
  EXPECT_EQ(record["hypotheses"][1]["verdict"], "FALSIFIED");
  EXPECT_THAT(Slurp(folder / "o" / "report.md"), StartsWith("# FALSIFIED: Memory of two loaders"));
}

// The decoder computes from values alone: mapped BF16 and F32 copies agree to the last bit.
TEST_F(CliTest, EveryLoaderGivesTheSameFirstTokenAndLogits) {
  ASSERT_EQ(Run({"run", "study.yaml", "--out", "o"}).exit_code, 1);
  std::map<std::string, int> logits;
  const nlohmann::json record = RecordIn(folder / "o");
  for (const auto& trial : record["trials"]) {
    ++logits[trial["digests"]["logits"].get<std::string>()];
    EXPECT_EQ(trial["digests"]["first_token"], record["trials"][0]["digests"]["first_token"]);
  }
  EXPECT_EQ(logits.size(), 1U);
}

TEST_F(CliTest, PhasesSumUpToTheTotalInEveryTrial) {
  ASSERT_EQ(Run({"run", "study.yaml", "--out", "o"}).exit_code, 1);
  const nlohmann::json record = RecordIn(folder / "o");
  ASSERT_GT(record["trials"].size(), 10U);
  for (const auto& trial : record["trials"]) {
    double sum = 0;
    for (const auto& phase : trial["phases"]) sum += phase["seconds"].get<double>();
    EXPECT_NEAR(sum, trial["total_seconds"].get<double>(),
                0.02 * trial["total_seconds"].get<double>());
    EXPECT_EQ(trial["measures"]["ttft"], trial["total_seconds"]);
  }
}

TEST_F(CliTest, RendersTheReportOfARunAgainByteForByte) {
  ASSERT_EQ(Run({"run", "study.yaml", "--out", "o"}).exit_code, 1);
  const Ran again = Run({"report", "o/record.json"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.out, Slurp(folder / "o" / "report.md"));
}

TEST_F(CliTest, PointsAtATypo) {
  std::string text = kStudy;
  text.replace(text.find("bytes_read"), 10, "bytes_raed");
  Write("study.yaml", text);
  ExpectUsageError(Run({"run", "study.yaml"}),
                   "falsify: study.yaml:13:14: unknown measure \"bytes_raed\"; did you mean "
                   "\"bytes_read\"? [STUDY_UNKNOWN_MEASURE]");
}

TEST_F(CliTest, RefusesWhatIsNotThereInOneLine) {
  ExpectUsageError(Run({"run", "nowhere.yaml"}),
                   "falsify: nowhere.yaml: cannot open: No such file or directory [STUDY_READ]");
  ExpectUsageError(Run({"inspect", "nowhere.safetensors"}),
                   "falsify: " + (folder / "nowhere.safetensors").string() +
                       ": cannot open: No such file or directory [IO_OPEN]");
  const Ran unknown = Run({"frobnicate"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(std::count(unknown.err.begin(), unknown.err.end(), '\n'), 1) << unknown.err;
  ExpectUsageError(Run({"run", "study.yaml", "--only", "nothing"}),
                   "falsify: study.yaml: there is no hypothesis \"nothing\"; falsify check lists "
                   "them [RUN_ONLY]");
}

TEST_F(CliTest, RefusesATruncatedModelBeforeAnyTrial) {
  ASSERT_EQ(Run({"fixtures", "generate", "m.safetensors"}).exit_code, 0);
  std::filesystem::resize_file(folder / "m.safetensors", 300000);
  std::string text = kStudy;
  const std::string generated = "{generate: {shape: tiny, dtype: BF16, seed: 3}}";
  text.replace(text.find(generated), generated.size(), "{path: ./m.safetensors}");
  Write("study.yaml", text);
  for (const char* command : {"check", "run"}) {
    const Ran ran = Run({command, "study.yaml"});
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("m.safetensors"), HasSubstr("[ST_INCOMPLETE]")));
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

TEST_F(CliTest, RefusesAnOutputFolderItCannotWriteTo) {
  Write("occupied", "a file");
  const Ran ran = Run({"run", "study.yaml", "--out", "occupied/o"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("cannot create the output folder: Not a directory"));
}

TEST_F(CliTest, ExplainsWhatItChecks) {
  const Ran ran = Run({"check", "study.yaml"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("mapped-bytes: bytes_read / payload below 0.5 on \"mapped\""));
  const Ran json = Run({"check", "study.yaml", "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out, nullptr, false)[0]["blocks_to_pass"], 5);
}

TEST_F(CliTest, ListsWhatThereIs) {
  EXPECT_THAT(Run({"list", "loaders"}).out, HasSubstr("read-copy-f32"));
  EXPECT_THAT(Run({"list", "shapes"}).out, HasSubstr("qwen2.5-1.5b"));
  EXPECT_THAT(Run({"list", "workloads"}).out, HasSubstr("first_token"));
  const Ran measures = Run({"list", "measures", "--json"});
  EXPECT_GT(nlohmann::json::parse(measures.out, nullptr, false).size(), 10U);
}

TEST_F(CliTest, InspectsAModel) {
  ASSERT_EQ(Run({"fixtures", "generate", "m.safetensors"}).exit_code, 0);
  const Ran ran = Run({"inspect", "m.safetensors", "--json"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  const nlohmann::json facts = nlohmann::json::parse(ran.out, nullptr, false);
  EXPECT_EQ(facts["format"], "safetensors");
  EXPECT_EQ(facts["architecture"], "qwen2");
  EXPECT_EQ(facts["runs_decoder"], true);
}

/// Waits, up to half a minute, until the journal holds `lines` lines.
bool JournalReaches(const std::filesystem::path& journal, long lines) {
  for (int i = 0; i < 3000; ++i) {
    const std::string text = Slurp(journal);
    if (std::count(text.begin(), text.end(), '\n') >= lines) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_F(CliTest, ResumesAfterSigkillToTheSameVerdicts) {
  const Ran whole = Run({"run", "study.yaml", "--out", "whole", "--seed", "4"});
  const pid_t pid = Start({"run", "study.yaml", "--out", "cut", "--seed", "4"});
  ASSERT_TRUE(JournalReaches(folder / "cut" / "journal.jsonl", 8));
  kill(pid, SIGKILL);
  Finish(pid);
  const Ran resumed = Run({"run", "study.yaml", "--out", "cut", "--resume"});
  EXPECT_EQ(resumed.exit_code, whole.exit_code) << resumed.err;
  EXPECT_EQ(LastLine(resumed.out), LastLine(whole.out));
  const nlohmann::json expected = RecordIn(folder / "whole");
  const nlohmann::json record = RecordIn(folder / "cut");
  ASSERT_EQ(record["hypotheses"].size(), expected["hypotheses"].size());
  for (std::size_t i = 0; i < record["hypotheses"].size(); ++i) {
    EXPECT_EQ(record["hypotheses"][i]["verdict"], expected["hypotheses"][i]["verdict"]);
    EXPECT_EQ(record["hypotheses"][i]["blocks"], expected["hypotheses"][i]["blocks"]);
  }
}

TEST_F(CliTest, AnInterruptKeepsTheJournalAndSaysHowToGoOn) {
  Write("study.yaml", std::string(kStudy) + "    blocks: {min: 5000, max: 6000}\n");
  const pid_t pid = Start({"run", "study.yaml", "--out", "o"});
  ASSERT_TRUE(JournalReaches(folder / "o" / "journal.jsonl", 8));
  kill(pid, SIGINT);
  const Ran ran = Finish(pid);
  EXPECT_EQ(ran.exit_code, 130) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("go on with --resume --out o"));
  EXPECT_FALSE(std::filesystem::exists(folder / "o" / "record.json"));
}

TEST_F(CliTest, RefusesToResumeAnotherStudy) {
  ASSERT_EQ(Run({"run", "study.yaml", "--out", "o"}).exit_code, 1);
  Write("study.yaml", std::string(kStudy) + "# changed\n");
  const Ran ran = Run({"run", "study.yaml", "--out", "o", "--resume"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("[JOURNAL_PLAN]"));
}

}  // namespace
}  // namespace falsify::cli
