#include "reports/html.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "reports/charts/assets.h"
#include "reports/charts/chart_data.h"
#include "reports/charts/gnuplot.h"
#include "reports/example_records.h"

// That it is well formed, and that its policy knows its scripts, consumers_check.py says.
namespace falsify::reports {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Ids(const nlohmann::ordered_json& charts) {
  std::vector<std::string> ids;
  for (const auto& chart : charts) ids.push_back(chart["id"]);
  return ids;
}

TEST(Html, SaysWhatTheMarkdownSays) {
  const std::string html = RenderHtml(AuditRecord());
  EXPECT_THAT(html, HasSubstr("<h1>FALSIFIED: "));
  for (const char* heading : {"Summary", "Criteria", "Results", "Hypotheses", "Memory",
                              "Root cause", "Validity", "Environment", "How to reproduce"}) {
    EXPECT_THAT(html, HasSubstr(std::string("<h2>") + heading));
  }
  EXPECT_THAT(html, HasSubstr("<title>FALSIFIED: "));
  EXPECT_THAT(html, HasSubstr("<table>"));
}

TEST(Html, CarriesAllItNeeds) {
  const std::string html = RenderHtml(AuditRecord());
  EXPECT_THAT(html, HasSubstr(std::string(kChartJs)));
  EXPECT_THAT(html, Not(HasSubstr("src=")));
  EXPECT_THAT(html, Not(HasSubstr("<link")));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_EQ(kChartJs.find("</script"), std::string_view::npos);
  EXPECT_EQ(kChartsJs.find("</script"), std::string_view::npos);
}

TEST(Html, LetsNoForeignTextAct) {
  const std::string html = RenderHtml(HostileRecord());
  const std::size_t body = html.find("<main>");
  const std::string text = html.substr(body, html.find("<script>") - body);
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  EXPECT_THAT(text, Not(HasSubstr("javascript:")));
  EXPECT_THAT(text, Not(HasSubstr("onerror=")));
}

TEST(Charts, DrawWhatTheRecordHoldsAndNothingElse) {
  EXPECT_TRUE(ChartData({}).empty());
  const auto audit = ChartData(AuditRecord());
  for (const char* id : {"trials", "phases", "memory", "timeline", "evidence", "growth"}) {
    EXPECT_THAT(Ids(audit), Contains(id));
  }
  EXPECT_THAT(Ids(ChartData(AllTimeoutsRecord())), Not(Contains("trials")))
      << "a bound is no point";
  const auto claims = ChartData(ClaimsRecord());
  int sweeps = 0;
  for (const auto& chart : claims) {
    if (!chart["id"].get<std::string>().starts_with("sweep-")) continue;
    ++sweeps;
    EXPECT_TRUE(chart["log_x"]);
    EXPECT_GE(chart["datasets"][0]["data"].size(), 2U);
  }
  EXPECT_GT(sweeps, 0);
}

// A canvas obeys what turns text around, and grows with long names.
TEST(Charts, DrawNoNameThatActsOnItsReader) {
  const std::string evil = "\x1b[31m\u202egnp " + std::string(300, 'x');
  harness::Record record = AuditRecord();
  for (harness::TrialRecord& trial : record.trials) trial.subject = evil;
  for (harness::SummaryRecord& summary : record.summaries) summary.subject = evil;
  for (harness::HypothesisRecord& hypothesis : record.hypotheses) hypothesis.id = evil;
  const auto charts = ChartData(record);
  ASSERT_GT(charts.size(), 3U);
  EXPECT_THAT(charts.dump(), Not(AnyOf(HasSubstr("\u202e"), HasSubstr("\\u001b"))));
  for (const auto& chart : charts) {
    for (const auto& set : chart["datasets"]) {
      EXPECT_LT(set["label"].get<std::string>().size(), 150U) << chart["id"];
    }
  }
}

TEST(Charts, DrawEvidenceWithoutEndBesideTheRest) {
  harness::Record record = AuditRecord();
  record.hypotheses[0].falsify = {.n = 1, .violations = 1, .e = 1e300, .need = 20};
  bool drawn = false;
  for (const auto& chart : ChartData(record)) {
    if (chart["id"] != "evidence") continue;
    drawn = true;
    EXPECT_EQ(chart["datasets"][0]["data"][0], 1000);
  }
  EXPECT_TRUE(drawn);
}

TEST(Charts, HaveAValuePerLabel) {
  for (const auto& chart : ChartData(AuditRecord())) {
    if (chart["labels"].empty()) continue;
    for (const auto& set : chart["datasets"]) {
      EXPECT_EQ(set["data"].size(), chart["labels"].size()) << chart["id"];
    }
  }
}

TEST(Pictures, AreThoseOfTheChartsAndLetNoForeignTextAct) {
  const auto pictures = Pictures(AuditRecord());
  EXPECT_EQ(pictures.size(), ChartData(AuditRecord()).size());
  harness::Record record = AuditRecord();
  record.trials[0].subject = "x' ; system 'touch owned'\nset output";
  for (const Picture& picture : Pictures(record)) {
    const std::string script = GnuplotScript(picture);
    EXPECT_EQ(script.find("x' ;"), std::string::npos) << "a quote is doubled";
    EXPECT_EQ(script.find("\nset output"), std::string::npos) << "a line ends nowhere";
    EXPECT_EQ(picture.file.find_first_not_of(
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."),
              std::string::npos);
  }
}

}  // namespace
}  // namespace falsify::reports
