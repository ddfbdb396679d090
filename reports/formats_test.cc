#include "reports/formats.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "reports/example_records.h"
#include "reports/machines/machines.h"

namespace falsify::reports {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

std::vector<harness::Record> AllRecords() {
  return {PassRecord(),  FalsifiedRecord(),   InconclusiveRecord(), InvalidRecord(), ErrorRecord(),
          AuditRecord(), AllTimeoutsRecord(), ClaimsRecord(),       HostileRecord(), {}};
}

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(ReportFormats, HaveNamesOfTheirOwnAndRenderEveryRecordTheSameTwice) {
  std::set<std::string_view> names;
  for (const ReportFormat& format : ReportFormats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_EQ(FindReportFormat(format.name), &format);
    for (const harness::Record& record : AllRecords()) {
      EXPECT_EQ(format.render(record), format.render(record)) << format.name;
    }
  }
  EXPECT_EQ(FindReportFormat("mdd"), nullptr);
}

// No byte that a terminal, a runner or a browser would act on, whatever the texts hold.
TEST(ReportFormats, NoneLetsAControlCharacterThrough) {
  for (const ReportFormat& format : ReportFormats()) {
    const std::string text = format.render(HostileRecord());
    for (const char c : text) {
      const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r';
      ASSERT_FALSE(control) << format.name << ": " << static_cast<int>(c);
    }
  }
}

TEST(Junit, CountsWhatItHolds) {
  for (const harness::Record& record : AllRecords()) {
    const std::string xml = RenderJunit(record);
    EXPECT_EQ(CountOf(xml, "<testcase "), record.hypotheses.size());
    EXPECT_THAT(xml, HasSubstr("tests=\"" + std::to_string(record.hypotheses.size()) + "\""));
    EXPECT_THAT(xml, HasSubstr("failures=\"" + std::to_string(CountOf(xml, "<failure ")) + "\""));
    EXPECT_THAT(xml, HasSubstr("errors=\"" + std::to_string(CountOf(xml, "<error ")) + "\""));
    EXPECT_EQ(CountOf(xml, "<skipped "), 0U);
  }
}

// xunit-plugin's junit-10.xsd allows three.
TEST(Junit, GivesSecondsThreeDecimalsAtMost) {
  for (const harness::Record& record : AllRecords()) {
    EXPECT_THAT(RenderJunit(record), Not(ContainsRegex(" time=\"[0-9]*[.][0-9][0-9][0-9][0-9]")));
  }
}

TEST(Junit, GivesEachVerdictItsElement) {
  EXPECT_THAT(RenderJunit(PassRecord()), Not(HasSubstr("<failure")));
  EXPECT_THAT(RenderJunit(FalsifiedRecord()), HasSubstr("type=\"FALSIFIED\""));
  EXPECT_THAT(RenderJunit(InconclusiveRecord()), HasSubstr("<error "));
  EXPECT_THAT(RenderJunit(InconclusiveRecord()), HasSubstr("type=\"INCONCLUSIVE\""));
  EXPECT_THAT(RenderJunit(InvalidRecord()), HasSubstr("type=\"INVALID\""));
  EXPECT_THAT(RenderJunit(ErrorRecord()), HasSubstr("<system-err>"));
  EXPECT_THAT(RenderJunitLenient(InconclusiveRecord()), HasSubstr("<skipped message="));
  EXPECT_THAT(RenderJunitLenient(InconclusiveRecord()), HasSubstr("skipped=\"1\""));
  EXPECT_THAT(RenderJunitLenient(InvalidRecord()), Not(HasSubstr("<skipped")));
}

TEST(Sarif, ShowsWhatIsFalsifiedAndAllOnRequest) {
  const Json few = Json::parse(RenderSarif(AuditRecord()));
  const Json all = Json::parse(RenderSarifAll(AuditRecord()));
  EXPECT_EQ(few["version"], "2.1.0");
  const auto record = AuditRecord();
  const auto falsified = std::ranges::count(record.hypotheses, criteria::Verdict::kFalsified,
                                            &harness::HypothesisRecord::verdict);
  ASSERT_GT(falsified, 0);
  EXPECT_EQ(few["runs"][0]["results"].size(), static_cast<std::size_t>(falsified));
  EXPECT_EQ(all["runs"][0]["results"].size(), record.hypotheses.size());
  for (const Json& result : all["runs"][0]["results"]) {
    const bool fails = result["kind"] == "fail";
    EXPECT_EQ(result["level"], fails ? "error" : "none");
    const auto rule = result["ruleIndex"].get<std::size_t>();
    EXPECT_EQ(all["runs"][0]["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
    EXPECT_GE(result["locations"][0]["physicalLocation"]["region"]["startLine"], 1);
    EXPECT_FALSE(result["partialFingerprints"]["falsifyHypothesis/v1"].get<std::string>().empty());
  }
}

TEST(Sarif, NamesTheStudyByAUriAndARuleOnce) {
  harness::Record record = FalsifiedRecord();
  record.study_path = "my study.yaml";
  record.hypotheses.push_back(record.hypotheses.front());
  const Json run = Json::parse(RenderSarifAll(record))["runs"][0];
  EXPECT_EQ(run["results"].size(), record.hypotheses.size());
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), record.hypotheses.size() - 1);
  EXPECT_EQ(run["results"].back()["ruleIndex"], run["results"].front()["ruleIndex"]);
  EXPECT_EQ(run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "my%20study.yaml");
}

TEST(Benchmark, HasARowPerFinishedTrialAndTimeAndNoFigureOfAnyOther) {
  const Json json = Json::parse(RenderBenchmark(AuditRecord()));
  EXPECT_EQ(json["context"]["json_schema_version"], 1);
  EXPECT_TRUE(json["context"]["caches"].is_array());
  ASSERT_GT(json["benchmarks"].size(), 0U);
  for (const Json& row : json["benchmarks"]) {
    EXPECT_EQ(row["run_type"], "iteration");
    EXPECT_GT(row["real_time"], 0);
    EXPECT_TRUE(row["cpu_time"].is_number());
    EXPECT_EQ(row["time_unit"], "ms");
    EXPECT_LT(row["repetition_index"], row["repetitions"]);
  }
  EXPECT_TRUE(Json::parse(RenderBenchmark(AllTimeoutsRecord()))["benchmarks"].empty());
}

TEST(Hyperfine, SumsUpEachSeries) {
  const Json json = Json::parse(RenderHyperfine(AuditRecord()));
  ASSERT_GT(json["results"].size(), 1U);
  for (const Json& result : json["results"]) {
    EXPECT_LE(result["min"], result["median"]);
    EXPECT_LE(result["median"], result["max"]);
    EXPECT_EQ(result["times"].size(), result["exit_codes"].size());
    EXPECT_EQ(result["stddev"].is_null(), result["times"].size() == 1);
  }
  EXPECT_TRUE(Json::parse(RenderHyperfine(AllTimeoutsRecord()))["results"].empty());
}

TEST(Csv, HasALinePerTrialAndNoFormula) {
  const auto record = HostileRecord();
  const std::string csv = RenderCsv(record);
  EXPECT_EQ(CountOf(csv, "\r\n"), record.trials.size() + 1);
  for (std::size_t at = 0; at < csv.size(); ++at) {
    const bool starts = at == 0 || csv[at - 1] == ',' || csv[at - 1] == '\n';
    EXPECT_FALSE(starts && std::string("=+@").find(csv[at]) != std::string::npos)
        << csv.substr(at, 40);
  }
}

TEST(OpenMetrics, EndsAsItHasToAndHasAVerdictPerHypothesis) {
  for (const harness::Record& record : AllRecords()) {
    const std::string text = RenderOpenMetrics(record);
    EXPECT_TRUE(text.ends_with("# EOF\n"));
    EXPECT_EQ(CountOf(text, "\nfalsify_verdict{"), record.hypotheses.size());
    EXPECT_THAT(text, Not(HasSubstr("nan")));
    EXPECT_THAT(text, Not(HasSubstr("inf\n")));
  }
}

TEST(Dashboards, AreGivenNoNumberThatIsNotOne) {
  for (const harness::Record& record : AllRecords()) {
    for (const auto render : {&RenderSmallerIsBetter, &RenderBiggerIsBetter}) {
      for (const Json& entry : Json::parse(render(record))) {
        EXPECT_TRUE(entry["value"].is_number() && std::isfinite(entry["value"].get<double>()));
      }
    }
    const Json bencher = Json::parse(RenderBencher(record));
    for (const auto& [name, measures] : bencher.items()) {
      for (const Json& metric : measures) EXPECT_TRUE(metric["value"].is_number()) << name;
    }
  }
  EXPECT_EQ(Json::parse(RenderSmallerIsBetter(AllTimeoutsRecord())).size(), 0U)
      << "a bound is no value";
}

TEST(Github, ShowsWhatDidNotPassWithinTheLimits) {
  harness::Record record = FalsifiedRecord();
  record.study_path = "a,b:c.yaml";
  record.hypotheses.front().line = 7;
  const std::string one = RenderGithub(record);
  EXPECT_THAT(one, HasSubstr("::error file=a%2Cb%3Ac.yaml,line=7,title=FALSIFIED"));
  for (int i = 0; i < 200; ++i) record.hypotheses.push_back(record.hypotheses.front());
  const std::string many = RenderGithub(record);
  EXPECT_EQ(CountOf(many, "::error"), 10U);
  EXPECT_THAT(many, HasSubstr("more, see the report"));
  EXPECT_EQ(CountOf(RenderGithub(PassRecord()), "::error"), 0U);
}

TEST(Github, NoForeignTextStartsALine) {
  const std::string text = RenderGithub(HostileRecord());
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string_view line = std::string_view(text).substr(at, text.find('\n', at) - at);
    EXPECT_TRUE(line.starts_with("::error file=") || line.starts_with("::warning file=") ||
                line.starts_with(criteria::Name(HostileRecord().verdict)))
        << line;
    EXPECT_EQ(line.find("##["), std::string_view::npos);
  }
}

TEST(StepSummary, IsCutAtALineAndSaysSo) {
  EXPECT_EQ(RenderStepSummary(PassRecord()), FindReportFormat("md")->render(PassRecord()));
  harness::Record record = FalsifiedRecord();
  for (int i = 0; i < 600; ++i) record.hypotheses.push_back(record.hypotheses.front());
  const std::string summary = RenderStepSummary(record);
  EXPECT_LT(summary.size(), 1'000'000U);
  EXPECT_THAT(summary, HasSubstr("**Cut here:** "));
}

// For consumers_check.py, which reads them with parsers that are not ours.
TEST(Consumers, AreGivenEveryFormatOfEveryRecord) {
  const char* folder = std::getenv("FALSIFY_CONSUMERS");
  if (folder == nullptr) GTEST_SKIP() << "FALSIFY_CONSUMERS names no folder";
  int number = 0;
  for (const harness::Record& record : AllRecords()) {
    ++number;
    for (const ReportFormat& format : ReportFormats()) {
      const auto place = std::filesystem::path(folder) / std::to_string(number) / format.name;
      std::filesystem::create_directories(place);
      std::ofstream(place / format.file, std::ios::binary) << format.render(record);
    }
  }
}

}  // namespace
}  // namespace falsify::reports
