#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"
#include "nlohmann/json.hpp"

/// What a run leaves for machines and auditors, and who may have changed it since.
namespace falsify::cli {
namespace {

using ::testing::HasSubstr;

class EvidenceToolTest : public ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    Write("s.yaml",
          "schema: falsify/study/v1\n"
          "id: T\n"
          "models: {m: {generate: {payload: 1 MiB}}}\n"
          "subjects: {mapped: {loader: mmap, model: m}}\n"
          "hypotheses:\n"
          "  - {id: A, claim: c, subject: mapped, measure: peak_anon, predict: {below: 1 MB}}\n"
          "  - {id: B, claim: c, subject: mapped, measure: peak_anon, predict: {below: 1 B}}\n");
  }

  Ran Tested(const std::vector<std::string>& more) const {
    std::vector<std::string> command = {"run", "s.yaml", "--out", "o", "--seed", "1", "--no-prove"};
    command.insert(command.end(), more.begin(), more.end());
    return Run(command);
  }

  std::string Change(const std::string& file, const std::string& from,
                     const std::string& to) const {
    std::string text = Slurp(folder / file);
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " is not in " << file;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    Write(file, text);
    const Ran verified = Run({"verify", "o/record.json"});
    EXPECT_EQ(verified.exit_code, 2) << verified.out;
    return verified.out + verified.err;
  }
};

TEST_F(EvidenceToolTest, WhatBelongsTogetherIsFoundToAndWhatWasChangedIsNamed) {
  const Ran ran = Tested({"--evidence"});
  ASSERT_EQ(ran.exit_code, 1) << ran.err;
  const auto record = nlohmann::json::parse(Slurp(folder / "o/record.json"));
  const std::string head = record["evidence"]["journal_head"];
  EXPECT_EQ(head.size(), 64U);
  EXPECT_THAT(ran.out, HasSubstr("journal: sha256 " + head + "\n"));
  EXPECT_EQ(record["evidence"]["models"].size(), 1U);
  const Ran verified = Run({"verify", "o/record.json", "--models"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_EQ(LastLine(verified.out), "record, journal and report belong together");

  for (const char* file : {"o/record.json", "o/report.md", "o/journal.jsonl", "s.yaml"}) {
    std::filesystem::copy(folder / file, folder / (std::string(file) + ".good"));
  }
  const auto restore = [&](const std::string& file) {
    Write(file, Slurp(folder / (file + ".good")));
  };
  // A verdict turned over by hand: the report no longer says what the record does.
  EXPECT_THAT(Change("o/record.json", "\"verdict\": \"FALSIFIED\"", "\"verdict\": \"PASS\""),
              HasSubstr("DIFFERS  o/report.md: is not what the record says, from byte "));
  restore("o/record.json");
  // A figure of a trial.
  EXPECT_THAT(Change("o/record.json", "\"load_time\": 0.", "\"load_time\": 9."),
              HasSubstr("in the journal"));
  restore("o/record.json");
  EXPECT_THAT(Change("o/report.md", "FALSIFIED", "PASS"), HasSubstr("from byte 2 (line 1) on"));
  restore("o/report.md");
  EXPECT_THAT(Change("o/journal.jsonl", "\"kind\":\"trial\"", "\"kind\":\"Trial\""),
              HasSubstr("checksum does not match"));
  restore("o/journal.jsonl");
  const std::string journal = Slurp(folder / "o/journal.jsonl");
  Write("o/journal.jsonl", journal.substr(0, journal.rfind('\n', journal.size() - 2) + 1));
  EXPECT_THAT(Run({"verify", "o/record.json"}).out, HasSubstr("its last line has SHA-256"));
  restore("o/journal.jsonl");
  EXPECT_THAT(Change("s.yaml", "id: T", "id: U"), HasSubstr("DIFFERS  s.yaml: its SHA-256 is"));
  restore("s.yaml");
  EXPECT_EQ(Run({"verify", "o/record.json"}).exit_code, 0);
}

TEST_F(EvidenceToolTest, ARunWithoutEvidenceHasNothingToVerify) {
  ASSERT_EQ(Tested({}).exit_code, 1);
  const Ran verified = Run({"verify", "o/record.json"});
  EXPECT_EQ(verified.exit_code, 2);
  EXPECT_EQ(verified.err,
            "falsify: o/record.json: the run was made without --evidence [EVIDENCE_MISSING]\n");
}

TEST_F(EvidenceToolTest, EveryFormatOfARunIsWhatReportMakesOfItsRecord) {
  ASSERT_EQ(Tested({"--format", "junit,sarif,csv,benchmark,github"}).exit_code, 1);
  const struct {
    const char* format;
    const char* file;
  } written[] = {{"md", "report.md"},    {"json", "record.json"},
                 {"junit", "junit.xml"}, {"sarif", "report.sarif"},
                 {"csv", "trials.csv"},  {"benchmark", "benchmark.json"}};
  for (const auto& one : written) {
    EXPECT_EQ(Run({"report", "o/record.json", "--format", one.format}).out,
              Slurp(folder / "o" / one.file))
        << one.format;
  }
  const Ran github = Run({"report", "o/record.json", "--format", "github"});
  EXPECT_THAT(github.out, HasSubstr("::error file=s.yaml,line=7,title=FALSIFIED B::"));
}

TEST_F(EvidenceToolTest, RefusesAFormatThatThereIsNot) {
  const Ran run = Tested({"--format", "junti"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("unknown format \"junti\"; one of md, html, json, junit,"));
  EXPECT_FALSE(std::filesystem::exists(folder / "o"));
}

TEST_F(EvidenceToolTest, TheStepSummaryIsAppendedWhereTheRunnerWantsIt) {
  ASSERT_EQ(Tested({}).exit_code, 1);
  Write("summary.md", "before\n");
  setenv("GITHUB_STEP_SUMMARY", (folder / "summary.md").c_str(), 1);
  const Ran github = Run({"report", "o/record.json", "--format", "github"});
  unsetenv("GITHUB_STEP_SUMMARY");
  EXPECT_EQ(github.exit_code, 0) << github.err;
  EXPECT_EQ(Slurp(folder / "summary.md"), "before\n" + Slurp(folder / "o/report.md"));
}

}  // namespace
}  // namespace falsify::cli
