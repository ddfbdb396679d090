#include "harness/study/read_study.h"

#include <cstdio>
#include <fstream>
#include <string>
#include <variant>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/study/sha256.h"
#include "harness/study/study_cases.h"

namespace falsify::harness {
namespace {

using testing::ElementsAre;
using testing::Pair;

Study Parse(std::string_view text) {
  const Result<Study> study = ParseStudy(text, "s.yaml", TestVocabulary());
  EXPECT_TRUE(study) << study.error().Line();
  return study.value_or(Study{});
}

std::string Problem(std::string_view text) {
  const Result<Study> study = ParseStudy(text, "s.yaml", TestVocabulary());
  return study ? "no error" : study.error().Line();
}

std::string Replaced(std::string_view from, std::string_view to) {
  return Apply({.name = "", .from = from, .to = to, .line = ""});
}

std::string_view BeforeHypotheses() {
  return ValidStudyText().substr(0, ValidStudyText().find("hypotheses:"));
}

class RefusedStudy : public testing::TestWithParam<StudyCase> {};
class AcceptedStudy : public testing::TestWithParam<StudyCase> {};

std::string CaseName(const testing::TestParamInfo<StudyCase>& info) {
  return std::string(info.param.name);
}

TEST_P(RefusedStudy, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(Problem(Apply(GetParam())), GetParam().line);
}
INSTANTIATE_TEST_SUITE_P(Rule, RefusedStudy, testing::ValuesIn(RefusedStudies()), CaseName);

TEST_P(AcceptedStudy, IsRead) { EXPECT_EQ(Problem(Apply(GetParam())), "no error"); }
INSTANTIATE_TEST_SUITE_P(Spelling, AcceptedStudy, testing::ValuesIn(AcceptedStudies()), CaseName);

TEST(ReadStudy, KnowsItsOwnBytes) {
  const Study study = Parse(ValidStudyText());
  EXPECT_EQ(study.id, "T-1");
  EXPECT_EQ(study.title, "One small study");
  EXPECT_EQ(study.path, "s.yaml");
  EXPECT_EQ(study.sha256, Sha256Hex(ValidStudyText()));
}

TEST(ReadStudy, ReadsModels) {
  const Study study = Parse(ValidStudyText());
  ASSERT_EQ(study.models.size(), 3U);
  EXPECT_EQ(study.models[0].name, "st");
  EXPECT_EQ(std::get<GenerateSpec>(study.models[0].origin), (GenerateSpec{.shape = "tiny",
                                                                          .payload_bytes = {},
                                                                          .dtype = "F16",
                                                                          .format = "safetensors",
                                                                          .seed = 7}));
  EXPECT_EQ(std::get<GenerateSpec>(study.models[1].origin),
            (GenerateSpec{.shape = "payload",
                          .payload_bytes = 16U << 20,
                          .dtype = "BF16",
                          .format = "safetensors",
                          .seed = 1}));
  EXPECT_EQ(study.models[1].at.line, 7);
}

TEST(ReadStudy, TakesModelPathsRelativeToItsOwnFolder) {
  const auto path_in = [](const std::string& study_path, std::string_view model_path) {
    const auto study =
        ParseStudy(Replaced("./model.safetensors", model_path), study_path, TestVocabulary());
    return study ? std::get<std::string>(study->models[2].origin) : study.error().Line();
  };
  EXPECT_EQ(path_in("audits/a.yaml", "m.safetensors"), "audits/m.safetensors");
  EXPECT_EQ(path_in("/srv/a.yaml", "../m.safetensors"), "/srv/../m.safetensors");
  EXPECT_EQ(path_in("a.yaml", "m.safetensors"), "m.safetensors");
  EXPECT_EQ(path_in("audits/a.yaml", "/data/m.safetensors"), "/data/m.safetensors");
}

TEST(ReadStudy, ReadsSubjectsAndLoaderOptions) {
  const Study study = Parse(ValidStudyText());
  ASSERT_EQ(study.subjects.size(), 3U);
  EXPECT_EQ(study.subjects[1].loader, (loaders::LoaderChoice{"mmap", {}}));
  EXPECT_EQ(study.subjects[1].model, "st");
  EXPECT_EQ(study.subjects[2].loader.name, "pread");
  EXPECT_THAT(study.subjects[2].loader.options,
              ElementsAre(Pair("chunk", "8388608"), Pair("threads", "2")));
}

TEST(ReadStudy, FindsModelsAndSubjectsByName) {
  const Study study = Parse(ValidStudyText());
  EXPECT_EQ(study.FindModel("mine"), &study.models[2]);
  EXPECT_EQ(study.FindModel("mi"), nullptr);
  EXPECT_EQ(study.FindSubject("plain"), &study.subjects[0]);
  EXPECT_EQ(study.FindSubject("st"), nullptr);
}

TEST(ReadStudy, ReadsAnAbsolutePrediction) {
  const Hypothesis h = Parse(ValidStudyText()).hypotheses.at(0);
  EXPECT_EQ(h.id, "H1");
  EXPECT_EQ(h.claim, "The first token arrives in under two seconds");
  EXPECT_EQ(h.subject, "mapped");
  EXPECT_EQ(h.measure, "ttft");
  EXPECT_EQ(h.workload.kind, "first_token");
  EXPECT_EQ(h.workload.prompt_tokens, 12U);
  EXPECT_EQ(h.cache, Cache::kCold);
  EXPECT_FALSE(h.relative_to);
  EXPECT_EQ(h.predict.kind, Prediction::Kind::kBelow);
  EXPECT_EQ(h.predict.threshold, 2);
  EXPECT_EQ(h.predict.threshold_text, "2 s");
  EXPECT_EQ(h.predict.quantile, 0.5);
  EXPECT_EQ(h.control, "naive");
  EXPECT_EQ(h.at.line, 14);
  EXPECT_EQ(h.at.column, 9);
}

TEST(ReadStudy, ReadsRelativePredictions) {
  const Study study = Parse(ValidStudyText());
  const Hypothesis& payload = study.hypotheses.at(1);
  EXPECT_EQ(payload.relative_to->to, Relative::To::kPayload);
  EXPECT_EQ(payload.predict.threshold, 2);
  EXPECT_EQ(payload.predict.quantile, 0.9);
  EXPECT_EQ(payload.precision, Precision::kMatched);
  EXPECT_FALSE(payload.control);
  const Hypothesis& subject = study.hypotheses.at(2);
  EXPECT_EQ(subject.relative_to->to, Relative::To::kSubject);
  EXPECT_EQ(subject.relative_to->subject, "plain");
  EXPECT_EQ(subject.precision, Precision::kSameWidth);
  EXPECT_EQ(subject.predict.kind, Prediction::Kind::kAbove);
  EXPECT_EQ(subject.predict.threshold, 1.25);
  EXPECT_EQ(subject.predict.threshold_text, "1.25x");
  const Study file = Parse(Replaced("relative_to: payload", "relative_to: file"));
  EXPECT_EQ(file.hypotheses.at(1).relative_to->to, Relative::To::kFile);
}

TEST(ReadStudy, InheritsWhatAHypothesisDoesNotSay) {
  const Hypothesis h = Parse(ValidStudyText()).hypotheses.at(2);
  EXPECT_EQ(h.cache, Cache::kWarm);
  EXPECT_EQ(h.alpha, 0.05);
  EXPECT_EQ(h.beta, 0.04);
  EXPECT_EQ(h.blocks.min, 6);
  EXPECT_EQ(h.blocks.max, 50);
  EXPECT_TRUE(h.blocks.max_given);
  EXPECT_EQ(h.timeout_seconds, 30);
  EXPECT_EQ(h.watch_seconds, 0);
  EXPECT_EQ(h.threads, 3U);
}

TEST(ReadStudy, PrefersWhatAHypothesisSays) {
  const Hypothesis h = Parse(ValidStudyText()).hypotheses.at(1);
  EXPECT_EQ(h.alpha, 0.01);
  EXPECT_EQ(h.beta, 0.02);
  EXPECT_EQ(h.blocks.min, 6) << "inherited: only max was given";
  EXPECT_EQ(h.blocks.max, 40);
  EXPECT_EQ(h.timeout_seconds, 300);
  EXPECT_EQ(h.watch_seconds, 10);
  EXPECT_EQ(h.threads, 1U);
}

TEST(ReadStudy, FallsBackToTheDocumentedDefaults) {
  std::string text(ValidStudyText());
  const std::size_t defaults = text.find("defaults:");
  text.erase(defaults, text.find("models:") - defaults);
  const Hypothesis h = Parse(text).hypotheses.at(2);
  EXPECT_EQ(h.cache, Cache::kWarm);
  EXPECT_EQ(h.alpha, 0.05);
  EXPECT_EQ(h.beta, 0.05);
  EXPECT_EQ(h.blocks.min, 5);
  EXPECT_EQ(h.blocks.max, 60);
  EXPECT_FALSE(h.blocks.max_given);
  EXPECT_EQ(h.timeout_seconds, 60);
  EXPECT_EQ(h.watch_seconds, 60);
  EXPECT_EQ(h.threads, 2U);
}

TEST(ReadStudy, TakesBetaFromAlphaUnlessGiven) {
  EXPECT_EQ(Parse(Replaced("beta: 0.04, ", "")).hypotheses.at(2).beta, 0.05);
  EXPECT_EQ(Parse(Replaced("    beta: 0.02\n", "")).hypotheses.at(1).beta, 0.04)
      << "given in defaults";
  std::string neither = Replaced("    beta: 0.02\n", "");
  neither.erase(neither.find("beta: 0.04, "), 12);
  EXPECT_EQ(Parse(neither).hypotheses.at(1).beta, 0.01) << "its own alpha";
}

TEST(ReadStudy, RaisesAnUnstatedMaximumToTheMinimum) {
  std::string text = Replaced("{min: 6, max: 50}", "{min: 90}");
  text.erase(text.find("    blocks: {max: 40}\n"), 22);
  const Study study = Parse(text);
  EXPECT_EQ(study.hypotheses.at(2).blocks.min, 90);
  EXPECT_EQ(study.hypotheses.at(2).blocks.max, 90);
  EXPECT_FALSE(study.hypotheses.at(2).blocks.max_given);
}

TEST(ReadStudy, TakesTheUsualWorkloadOfAMeasure) {
  const Study study = Parse(Replaced("    workload: {first_token: {prompt_tokens: 12}}\n", ""));
  EXPECT_EQ(study.hypotheses.at(0).workload.kind, "first_token");
  EXPECT_EQ(study.hypotheses.at(0).workload.prompt_tokens, 9U);
  EXPECT_EQ(study.hypotheses.at(1).workload.kind, "touch");
  EXPECT_EQ(study.hypotheses.at(2).workload.kind, "open");
}

TEST(ReadStudy, DoesNotLimitRatiosByTheTimeout) {
  EXPECT_EQ(Problem(Replaced("{above: 1.25x}", "{above: 500x}")), "no error");
}

TEST(ReadStudy, CallsAStudyWithoutATitleByItsId) {
  EXPECT_EQ(Parse(Replaced("title: One small study\n", "")).title, "T-1");
}

TEST(ReadStudy, ReadsTheSameFromOtherLineEndings) {
  std::string text;
  for (const char c : ValidStudyText()) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const Study study = Parse("\xEF\xBB\xBF" + text);
  EXPECT_EQ(study.hypotheses.at(2).id, "H3");
  EXPECT_EQ(study.hypotheses.at(2).at.line, 34);
  EXPECT_NE(study.sha256, Sha256Hex(ValidStudyText())) << "other bytes, another file";
}

TEST(ReadStudy, RefusesAStudyThatTestsNothing) {
  const std::string before(BeforeHypotheses());
  EXPECT_EQ(Problem(before + "hypotheses: []\n"),
            "s.yaml:13:13: no hypotheses: nothing to test [STUDY_EMPTY]");
  EXPECT_EQ(Problem(before), "s.yaml:1:1: study needs \"hypotheses\" [STUDY_MISSING]");
  EXPECT_EQ(Problem(before + "hypotheses:\n"),
            "s.yaml:13:1: hypotheses is a list, not nothing [STUDY_TYPE]");
  EXPECT_EQ(Problem(before + "hypotheses: {H1: {}}\n"),
            "s.yaml:13:13: hypotheses is a list, not a mapping [STUDY_TYPE]");
}

TEST(ReadStudy, RefusesWhatIsNoStudyAtAll) {
  EXPECT_EQ(
      Problem("just text"),
      "s.yaml:1:1: study is a mapping, not text; it takes schema, id, title, defaults, models, "
      "subjects, hypotheses [STUDY_TYPE]");
  EXPECT_EQ(Problem("{}"), "s.yaml:1:1: study needs \"schema\" [STUDY_MISSING]");
  EXPECT_EQ(Problem(""), "s.yaml: holds nothing [STUDY_EMPTY]");
}

TEST(ReadStudy, RefusesSectionsOfTheWrongKind) {
  const std::string head = "schema: falsify/study/v1\nid: T\nhypotheses: [1]\n";
  EXPECT_EQ(Problem(head + "defaults: []\nmodels: {}\nsubjects: {}\n"),
            "s.yaml:4:11: defaults is a mapping, not a list; it takes cache, alpha, beta, blocks, "
            "timeout, threads, watch, tolerance, sabotage, sandbox, mode [STUDY_TYPE]");
  EXPECT_EQ(Problem(head + "models: {}\nsubjects: {}\n"),
            "s.yaml:4:9: models is empty; declare at least one [STUDY_MISSING]");
  EXPECT_EQ(Problem(head + "models: []\nsubjects: {}\n"),
            "s.yaml:4:9: models is a mapping from names, not a list [STUDY_TYPE]");
  EXPECT_EQ(Problem(head + "models: {m: {path: x}}\nsubjects: {}\n"),
            "s.yaml:5:11: subjects is empty; declare at least one [STUDY_MISSING]");
}

TEST(ReadStudy, ReadsAPlainThresholdForACount) {
  const std::string text = Replaced(
      "    measure: peak_rss\n    relative_to: payload\n    predict: {below: 2.0, quantile: 0.9}\n",
      "    measure: major_faults\n    predict: {below: 1000}\n");
  EXPECT_EQ(Parse(text).hypotheses.at(1).predict.threshold, 1000);
}

TEST(ReadStudy, KeepsItsMessagesShort) {
  const std::string digits(100'000, '9');
  EXPECT_EQ(Problem(Replaced("threads: 3", "threads: " + digits)),
            "s.yaml:4:101: threads of " + digits.substr(0, 60) +
                "...; write one from 1 to 1024 [STUDY_RANGE]");
  EXPECT_EQ(Problem(Replaced("subject: mapped", "subject: " + std::string(100'000, 'm'))),
            "s.yaml:16:14: unknown subject \"" + std::string(60, 'm') +
                "...\"; valid: plain, mapped, naive [STUDY_UNKNOWN_SUBJECT]");
  const std::string negative = "-0." + digits + " s";
  EXPECT_EQ(Problem(Replaced("timeout: 30 s", "timeout: " + negative)),
            "s.yaml:4:86: timeout of " + negative.substr(0, 60) +
                "...; it lies above 0 s and at most 168 h [STUDY_RANGE]");
}

TEST(ReadStudy, DoesNotLetTextActOnATerminal) {
  EXPECT_EQ(Problem(Replaced("subject: mapped", "subject: \"\\e]0;x\\a\"")),
            "s.yaml:16:14: unknown subject \"\\x1b]0;x\\x07\"; valid: plain, mapped, naive "
            "[STUDY_UNKNOWN_SUBJECT]");
}

class StudyFile : public testing::Test {
 protected:
  ~StudyFile() override { std::remove(path_.c_str()); }

  void Write(std::string_view bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

  const std::string path_ = testing::TempDir() + "falsify_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
};

TEST_F(StudyFile, IsReadAsItLies) {
  Write(ValidStudyText());
  const Result<Study> study = ReadStudy(path_, TestVocabulary());
  ASSERT_TRUE(study) << study.error().Line();
  EXPECT_EQ(study->path, path_);
  EXPECT_EQ(study->sha256, Sha256Hex(ValidStudyText()));
}

TEST_F(StudyFile, NamesItselfInEveryMessage) {
  Write("id: 1\n");
  const Result<Study> study = ReadStudy(path_, TestVocabulary());
  ASSERT_FALSE(study);
  EXPECT_EQ(study.error().Line(), path_ + ":1:1: study needs \"schema\" [STUDY_MISSING]");
}

TEST_F(StudyFile, IsRefusedIfItIsTooLarge) {
  Write(std::string((1U << 20) + 1, '#'));
  const Result<Study> study = ReadStudy(path_, TestVocabulary());
  ASSERT_FALSE(study);
  EXPECT_EQ(study.error().Line(),
            path_ + ": larger than 1048576 bytes; is this a study? [STUDY_SIZE]");
}

TEST_F(StudyFile, ThatIsMissingOrAFolderSaysSo) {
  EXPECT_EQ(ReadStudy("no/such.yaml", TestVocabulary()).error().Line(),
            "no/such.yaml: cannot open: No such file or directory [STUDY_READ]");
  EXPECT_EQ(ReadStudy("/", TestVocabulary()).error().Line(),
            "/: cannot read: Is a directory [STUDY_READ]");
  EXPECT_EQ(ReadStudy("/dev/zero", TestVocabulary()).error().code, "STUDY_SIZE") << "no end";
}

TEST(ShippedStudy, AuditsTheSafetensorsPath) {
  const Vocabulary vocabulary = {.loaders = {{"read", {}}, {"mmap", {}}, {"read-copy-f32", {}}},
                                 .shapes = {"qwen2.5-1.5b"}};
  const Result<Study> study =
      ReadStudy(FALSIFY_SOURCE_DIR "/fixtures/studies/t-qa-019b.yaml", vocabulary);
  ASSERT_TRUE(study) << study.error().Line();
  EXPECT_EQ(study->id, "T-QA-019b");
  std::vector<std::string> claims;
  for (const Hypothesis& h : study->hypotheses) {
    claims.push_back(fmt::format("{} {} {} {} {}", h.subject, h.measure, Name(h.cache),
                                 h.predict.threshold_text, h.control.value_or("-")));
    EXPECT_EQ(h.workload, (WorkloadSpec{.kind = "first_token", .prompt_tokens = 9})) << h.id;
    EXPECT_EQ(h.threads, 2U);
    EXPECT_EQ(h.timeout_seconds, 60);
    EXPECT_LE(h.blocks.max, 20) << "the naive loader takes many seconds a trial";
  }
  EXPECT_THAT(claims, ElementsAre("mapped ttft warm 2 s -", "mapped ttft cold 2 s -",
                                  "mapped peak_rss warm 2.0 -", "fs-read ttft cold 2 s -",
                                  "naive ttft cold 2 s -", "naive peak_rss cold 2.0 -",
                                  "mapped ttft cold 1.0 naive"));
  EXPECT_EQ(study->hypotheses.back().relative_to->subject, "fs-read");
}

}  // namespace
}  // namespace falsify::harness
