#include "harness/record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

using ::testing::HasSubstr;

TrialRecord SomeTrial() {
  TrialRecord trial;
  trial.number = 7;
  trial.hypotheses = {"H1", "H2"};
  trial.subject = "mapped";
  trial.workload = "first_token(prompt_tokens=9)";
  trial.cache = "warm";
  trial.size = 4096;
  trial.sabotage = "one flipped byte";
  trial.block = 3;
  trial.role = "block";
  trial.slowdown = 1.5;
  trial.disturbed = true;
  trial.observation.measures = {{"ttft", 1.25}, {"peak_rss", 3e9}};
  trial.observation.phases = {{"open", 0.25}, {"prefill", 1.0}};
  trial.observation.total_seconds = 1.25;
  trial.observation.digests = {{"first_token", "42"}};
  trial.observation.stderr_tail = "warning";
  return trial;
}

Record SomeRecord() {
  Record record;
  record.study_id = "T";
  record.study_sha256 = "00";
  record.seed = 18446744073709551615ULL;
  record.verdict = criteria::Verdict::kFalsified;
  record.exit_code = 1;
  record.environment = {{"kernel", "6.1"}};
  SubjectRecord subject;
  subject.name = "mapped";
  subject.loader = "mmap";
  subject.model.dtypes = {{"BF16", 10}};
  subject.payload_digest = "xxh3-128:0";
  record.subjects = {subject};
  HypothesisRecord hypothesis;
  hypothesis.id = "H1";
  hypothesis.verdict = criteria::Verdict::kFalsified;
  hypothesis.estimate.value = 2.5;
  hypothesis.severity_table = {{0.5, 0.25}, {2.0, std::nullopt}};
  hypothesis.control = ControlRecord{.subject = {},
                                     .sabotage = "a delay of 3 s",
                                     .caught_above = 1.04,
                                     .verdict = criteria::Verdict::kFalsified,
                                     .blocks = 5,
                                     .estimate = {}};
  hypothesis.sweep = SweepRecord{.over = "payload",
                                 .order = "O(1)",
                                 .tolerance = 0.1,
                                 .top = {},
                                 .sizes = {{1024, 0.5}, {4096, std::nullopt}},
                                 .allowed = "at most 2x",
                                 .fixed = 0.5,
                                 .per_size = 1e-9,
                                 .crossover = std::nullopt,
                                 .companions = {{"bytes_read", criteria::Verdict::kPass, {}, {}}}};
  hypothesis.members = {"H0"};
  record.hypotheses = {hypothesis};
  record.summaries.emplace_back().subject = "mapped";
  record.limits = {{"memory_read", "as fast as it goes", 3e10, "B/s"}};
  record.probes = {{"device", 1.5, 0.01}};
  record.trials = {SomeTrial()};
  record.time_spent.total = 12;
  return record;
}

TEST(Record, ReadsBackWhatItWrote) {
  const nlohmann::json written = ToJson(SomeRecord());
  const Result<Record> read = RecordFromJson(written);
  ASSERT_TRUE(read) << read.error().Line();
  EXPECT_EQ(ToJson(*read), written);
  EXPECT_EQ(read->seed, 18446744073709551615ULL);
  EXPECT_EQ(read->trials.at(0).observation.measures.at("ttft"), 1.25);
  EXPECT_FALSE(read->hypotheses.at(0).estimate.low.has_value());
}

TEST(Record, IsWrittenATrialAtATimeAsItWouldBeWhole) {
  Record record = SomeRecord();
  record.warnings = {"\n \"trials\": ["};
  for (const std::size_t trials : {0U, 1U, 3U}) {
    record.trials.assign(trials, SomeTrial());
    EXPECT_EQ(RecordText(record), ToJson(record).dump(1) + "\n");
  }
}

TEST(Record, HasTheFieldsThatItsReadersRelyOn) {
  const nlohmann::json json = ToJson(SomeRecord());
  EXPECT_EQ(json["schema"], "falsify/record/v1");
  EXPECT_EQ(json["verdict"], "FALSIFIED");
  EXPECT_EQ(json["study"]["id"], "T");
  EXPECT_EQ(json["subjects"]["mapped"]["model"]["dtypes"]["BF16"], 10);
  const nlohmann::json& hypothesis = json["hypotheses"][0];
  EXPECT_TRUE(hypothesis["estimate"]["low"].is_null());
  EXPECT_EQ(hypothesis["control"]["verdict"], "FALSIFIED");
  const nlohmann::json& trial = json["trials"][0];
  EXPECT_EQ(trial["n"], 7);
  EXPECT_EQ(trial["outcome"], "ok");
  EXPECT_EQ(trial["measures"]["ttft"], 1.25);
  EXPECT_EQ(trial["phases"][1]["name"], "prefill");
  EXPECT_EQ(trial["digests"]["first_token"], "42");
  EXPECT_EQ(trial["stderr_tail"], "warning");
}

TEST(Record, WritesABoundWhereACensoredValueWouldStand) {
  TrialRecord trial = SomeTrial();
  trial.observation.outcome = Outcome::kTimeout;
  trial.observation.measures.clear();
  trial.observation.at_least = {{"elapsed", 60.0}, {"peak_anon", 5e9}};
  const nlohmann::json json = ToJson(trial);
  EXPECT_EQ(json["measures"]["elapsed"], (nlohmann::json{{"at_least", 60.0}}));
  const Result<TrialRecord> read = TrialRecordFromJson(json);
  ASSERT_TRUE(read) << read.error().Line();
  EXPECT_EQ(read->observation.at_least, trial.observation.at_least);
  EXPECT_TRUE(read->observation.measures.empty());
}

TEST(Record, NamesTheFieldThatIsWrong) {
  nlohmann::json json = ToJson(SomeRecord());
  json["hypotheses"][0]["falsify"]["n"] = "five";
  Result<Record> read = RecordFromJson(json);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().Line(),
            "record: hypotheses[0].falsify.n: expected an integer [RECORD_FIELD]");
  json = ToJson(SomeRecord());
  json.erase("summaries");
  read = RecordFromJson(json);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().Line(), "record: summaries: missing [RECORD_FIELD]");
  json = ToJson(SomeRecord());
  json["schema"] = "falsify/record/v2";
  EXPECT_EQ(RecordFromJson(json).error().code, "RECORD_SCHEMA");
}

TEST(Record, ReadsEveryPartOrRefuses) {
  const nlohmann::json whole = ToJson(SomeRecord());
  for (const auto& [key, value] : whole.items()) {
    nlohmann::json json = whole;
    json[key] = 7.5;
    EXPECT_FALSE(RecordFromJson(json)) << key;
  }
}

TEST(Record, MakesForeignBytesValidUtf8) {
  Record record = SomeRecord();
  record.study_title = "cut \xe2\x82";
  record.trials[0].observation.stderr_tail = "\xff\xfe";
  EXPECT_NO_THROW(static_cast<void>(ToJson(record).dump()));
}

TEST(RecordDeathTest, RefusesToWriteANumberThatWouldReadAsNothing) {
  Record record = SomeRecord();
  record.time_spent.total = std::numeric_limits<double>::infinity();
  EXPECT_DEATH(static_cast<void>(ToJson(record)), "");
}

}  // namespace
}  // namespace falsify::harness
