#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/cli/tool.h"

/// A record decided again from what it holds.
namespace falsify::cli {
namespace {

using ::testing::HasSubstr;

class JudgeToolTest : public ToolTest {
 protected:
  void WriteStudy(const std::string& name, const std::string& limit,
                  const std::string& subject) const {
    Write(name,
          "schema: falsify/study/v1\n"
          "id: J\n"
          "defaults: {watch: 0 s}\n"
          "models: {tiny: {generate: {shape: tiny}}}\n"
          "subjects: {mapped: {loader: mmap, model: tiny}, copied: {loader: read, model: tiny}}\n"
          "hypotheses:\n"
          "  - {id: few, claim: c, subject: " +
              subject + ", measure: bytes_read, workload: touch, predict: {below: " + limit +
              "}}\n"
              "  - {id: token, claim: c, subject: copied, measure: same_first_token, predict: "
              "{equals: true}}\n");
  }
};

TEST_F(JudgeToolTest, ReachesTheRunsOwnVerdictsWithoutAModelOrATrial) {
  WriteStudy("s.yaml", "400 kB", "mapped");
  const Ran ran = Run({"run", "s.yaml", "--out", "o", "--seed", "5"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  std::filesystem::remove_all(folder / "cache");
  const Ran judged = Run({"judge", "o/record.json", "s.yaml"});
  EXPECT_EQ(judged.exit_code, 0) << judged.err;
  EXPECT_THAT(judged.out, HasSubstr("every verdict is that of the record\n"));
  EXPECT_EQ(judged.err, "");
  EXPECT_FALSE(std::filesystem::exists(folder / "cache")) << "nothing is generated for it";
}

// Five blocks are enough to pass, and too few to refute.
TEST_F(JudgeToolTest, DecidesOtherwiseWhereTheLimitIsAnotherAndSaysWhatItLacks) {
  WriteStudy("s.yaml", "400 kB", "mapped");
  ASSERT_EQ(Run({"run", "s.yaml", "--out", "o", "--seed", "5"}).exit_code, 0);
  WriteStudy("s.yaml", "1 kB", "mapped");
  const Ran judged = Run({"judge", "o/record.json", "s.yaml"});
  EXPECT_THAT(judged.err, HasSubstr("is not the file of that run"));
  EXPECT_THAT(judged.out, HasSubstr("few: PASS in the record, INCONCLUSIVE now\n"));
  EXPECT_THAT(judged.err, HasSubstr("the record has no more: a trial of mapped under touch, warm"));
  EXPECT_EQ(judged.exit_code, 3);
}

TEST_F(JudgeToolTest, GivesNoVerdictOnASubjectThatTheRecordDoesNotHave) {
  WriteStudy("s.yaml", "400 kB", "mapped");
  ASSERT_EQ(Run({"run", "s.yaml", "--out", "o", "--seed", "5", "--only", "few"}).exit_code, 0);
  WriteStudy("s.yaml", "400 MB", "copied");
  const Ran judged = Run({"judge", "o/record.json", "s.yaml"});
  EXPECT_EQ(judged.exit_code, 4);
  EXPECT_THAT(judged.out, HasSubstr("few: PASS in the record, ERROR now\n"));
}

}  // namespace
}  // namespace falsify::cli
