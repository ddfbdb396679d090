#include "reports/formats.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"
#include "reports/html.h"
#include "reports/machines/machines.h"
#include "reports/markdown.h"

namespace falsify::reports {
namespace {

constexpr std::size_t kMostSummaryBytes =
    900'000;  // below 1 MiB less 2, above which all is dropped

}  // namespace

std::span<const ReportFormat> ReportFormats() {
  static constexpr std::array kFormats = {
      ReportFormat{"md", "report.md", "the report, GitHub-flavoured Markdown", &RenderMarkdown},
      ReportFormat{"html", "report.html",
                   "the report with charts, one file that needs nothing else", &RenderHtml},
      ReportFormat{"json", "record.json", "the record itself", &harness::RecordText},
      ReportFormat{"junit", "junit.xml", "JUnit XML, a test case per hypothesis", &RenderJunit},
      ReportFormat{"junit-lenient", "junit.xml", "the same, INCONCLUSIVE as skipped",
                   &RenderJunitLenient},
      ReportFormat{"sarif", "report.sarif", "SARIF 2.1.0, what is FALSIFIED", &RenderSarif},
      ReportFormat{"sarif-all", "report.sarif", "SARIF 2.1.0, every hypothesis", &RenderSarifAll},
      ReportFormat{"benchmark", "benchmark.json", "Google Benchmark JSON, a row per trial and time",
                   &RenderBenchmark},
      ReportFormat{"hyperfine", "hyperfine.json", "hyperfine JSON, a result per subject",
                   &RenderHyperfine},
      ReportFormat{"csv", "trials.csv", "a line per trial", &RenderCsv},
      ReportFormat{"openmetrics", "metrics.txt", "OpenMetrics text for Prometheus and GitLab",
                   &RenderOpenMetrics},
      ReportFormat{"bencher", "bencher.json", "Bencher Metric Format", &RenderBencher},
      ReportFormat{"smaller", "smaller-is-better.json",
                   "github-action-benchmark: times, bytes and counts", &RenderSmallerIsBetter},
      ReportFormat{"bigger", "bigger-is-better.json", "github-action-benchmark: rates",
                   &RenderBiggerIsBetter},
      ReportFormat{"github", "github.txt",
                   "GitHub annotations; the step summary where there is one", &RenderGithub},
  };
  return kFormats;
}

const ReportFormat* FindReportFormat(std::string_view name) {
  const auto formats = ReportFormats();
  const auto found = std::ranges::find(formats, name, &ReportFormat::name);
  return found == formats.end() ? nullptr : &*found;
}

std::string RenderStepSummary(const harness::Record& record) {
  std::string report = RenderMarkdown(record);
  if (report.size() <= kMostSummaryBytes) return report;
  const std::size_t end = report.rfind('\n', kMostSummaryBytes);
  const std::size_t missing = report.size() - end - 1;
  report.resize(end + 1);
  // Within a code block the fence has to be closed for the note to be read.
  std::size_t fences = 0;
  for (std::size_t at = report.find("\n```"); at != std::string::npos;
       at = report.find("\n```", at + 1)) {
    ++fences;
  }
  if (fences % 2 == 1) report += "```\n";
  return report + fmt::format("\n**Cut here:** {} more bytes are in report.md.\n", missing);
}

}  // namespace falsify::reports
