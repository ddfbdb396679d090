#include <string>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/outcomes.h"
#include "reports/facts/words.h"
#include "reports/machines/machines.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Record;
using harness::TrialRecord;

enum class Undecided { kError, kSkipped };

struct Counts {
  int failures = 0;
  int errors = 0;
  int skipped = 0;
};

/// The element of a test case that did not pass; empty for one that did.
std::string ElementOf(const HypothesisRecord& hypothesis, Undecided undecided) {
  switch (hypothesis.verdict) {
    case Verdict::kPass:
      return {};
    case Verdict::kFalsified:
      return "failure";
    case Verdict::kInconclusive:
      return undecided == Undecided::kSkipped ? "skipped" : "error";
    case Verdict::kInvalid:
    case Verdict::kError:
      break;
  }
  return "error";
}

Counts Count(const Record& record, Undecided undecided) {
  Counts counts;
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    const std::string element = ElementOf(hypothesis, undecided);
    counts.failures += element == "failure" ? 1 : 0;
    counts.errors += element == "error" ? 1 : 0;
    counts.skipped += element == "skipped" ? 1 : 0;
  }
  return counts;
}

double SecondsOf(const Record& record, const HypothesisRecord& hypothesis) {
  double seconds = 0;
  for (const TrialRecord* trial : TrialsOf(record, hypothesis)) {
    seconds += trial->observation.wall_seconds;
  }
  return seconds;
}

std::string Xml(std::string_view text, std::size_t limit = 4000) {
  return XmlText(Untrusted(text, limit));
}

/// The stderr of the first trial that left some.
std::string StderrOf(const Record& record, const HypothesisRecord& hypothesis) {
  for (const TrialRecord* trial : TrialsOf(record, hypothesis)) {
    if (!trial->observation.stderr_tail.empty()) return trial->observation.stderr_tail;
  }
  return {};
}

std::string CaseOf(const Record& record, const HypothesisRecord& hypothesis, Undecided undecided) {
  const std::string subject = hypothesis.subject.empty() ? "all_of" : hypothesis.subject;
  std::string out = fmt::format("  <testcase name=\"{}\" classname=\"{}.{}\" time=\"{:.3f}\">\n",
                                Xml(hypothesis.id), Xml(record.study_id), Xml(subject),
                                SecondsOf(record, hypothesis));
  const std::string element = ElementOf(hypothesis, undecided);
  if (!element.empty()) {
    const std::string message = Xml(MessageOf(hypothesis));
    // A skipped case has a message and nothing else.
    out += element == "skipped"
               ? fmt::format("   <skipped message=\"{}\"/>\n", message)
               : fmt::format("   <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n", element, message,
                             criteria::Name(hypothesis.verdict),
                             Xml(hypothesis.claim + " | seen: " + SeenText(hypothesis)));
  }
  out += fmt::format("   <system-out>{}</system-out>\n",
                     Xml(fmt::format("{}; {} blocks, {} trials", MessageOf(hypothesis),
                                     hypothesis.blocks, hypothesis.trials)));
  const std::string stderr_tail = StderrOf(record, hypothesis);
  if (!stderr_tail.empty()) {
    out += fmt::format("   <system-err>{}</system-err>\n", Xml(stderr_tail));
  }
  return out + "  </testcase>\n";
}

std::string Property(std::string_view name, std::string_view value) {
  return fmt::format("   <property name=\"{}\" value=\"{}\"/>\n", Xml(name), Xml(value));
}

std::string Render(const Record& record, Undecided undecided) {
  const Counts counts = Count(record, undecided);
  const std::string totals = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"",
                                         record.hypotheses.size(), counts.failures, counts.errors);
  const auto host = record.environment.find("host");
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"falsify\" {} time=\"{:.3f}\">\n", totals,
                     record.time_spent.total);
  out += fmt::format(
      " <testsuite name=\"{}\" {} skipped=\"{}\" time=\"{:.3f}\" timestamp=\"{}\" "
      "hostname=\"{}\">\n",
      Xml(record.study_id), totals, counts.skipped, record.time_spent.total,
      Xml(WithoutZone(record.started_at)),
      host == record.environment.end() ? "unknown" : Xml(host->second));
  out += "  <properties>\n";
  out += Property("verdict", criteria::Name(record.verdict));
  out += Property("exit_code", fmt::format("{}", record.exit_code));
  out += Property("study", record.study_path);
  out += Property("study_sha256", record.study_sha256);
  out += Property("seed", fmt::format("{}", record.seed));
  out += Property("falsify", record.tool_version);
  out += "  </properties>\n";
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    out += CaseOf(record, hypothesis, undecided);
  }
  return out + " </testsuite>\n</testsuites>\n";
}

}  // namespace

std::string RenderJunit(const Record& record) { return Render(record, Undecided::kError); }
std::string RenderJunitLenient(const Record& record) { return Render(record, Undecided::kSkipped); }

}  // namespace falsify::reports
