#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "reports/facts/lookup.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using harness::HypothesisRecord;
using harness::Record;
using harness::SubjectRecord;
using harness::SummaryRecord;

namespace {

// Less is better for each of them, so that "times the least" reads the same in every column.
constexpr std::array kCompared = {"ttft", "load_time", "peak_rss", "peak_anon"};

using Rows = std::vector<const SummaryRecord*>;

std::vector<std::string> Workloads(const Record& record) {
  std::vector<std::string> workloads;
  for (const SummaryRecord& summary : record.summaries) {
    if (std::find(workloads.begin(), workloads.end(), summary.workload) == workloads.end()) {
      workloads.push_back(summary.workload);
    }
  }
  return workloads;
}

std::vector<Rows> ByCache(const Rows& rows) {
  std::vector<Rows> groups;
  for (const SummaryRecord* row : rows) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Rows& group) {
      return group.front()->cache == row->cache;
    });
    if (same == groups.end()) {
      groups.push_back({row});
    } else {
      same->push_back(row);
    }
  }
  return groups;
}

std::string Precision(const SubjectRecord& subject) {
  const auto& dtypes = subject.model.dtypes;
  if (dtypes.size() == 1) return Prose(dtypes.begin()->first);
  std::vector<std::string> parts;
  for (const auto& [dtype, bytes] : dtypes) {
    const double share = static_cast<double>(bytes) /
                         std::max(1.0, static_cast<double>(subject.model.payload_bytes));
    parts.push_back(fmt::format("{} {}", Prose(dtype), Percent(share)));
  }
  return Enumerate(AtMost(parts, 4));
}

std::string Figure(const SummaryRecord& summary, const std::string& measure) {
  const auto found = summary.measures.find(measure);
  if (found == summary.measures.end()) return "not measured";
  const auto unit = summary.units.find(measure);
  const std::string fallback = measure.rfind("peak_", 0) == 0 ? "B" : "s";
  return ValueText(found->second, unit == summary.units.end() ? fallback : unit->second);
}

std::string Status(const SummaryRecord& summary) {
  if (summary.trials == 0) return "no trial";
  const std::string finished = fmt::format("{} of {} ok", summary.ok, summary.trials);
  const int failed = summary.trials - summary.ok - summary.timeouts;
  std::string status = summary.ok == 0 ? fmt::format("**{}**", finished) : finished;
  if (summary.timeouts > 0) {
    status += "; " + CountOf(static_cast<std::uint64_t>(summary.timeouts), "timeout");
  }
  if (failed > 0) status += fmt::format("; {} failed", failed);
  return status;
}

/// Of those compared, what at least one of the rows has measured.
std::vector<std::string> MeasuredBy(const Rows& rows) {
  std::vector<std::string> measures;
  for (const char* measure : kCompared) {
    const auto has = [&](const SummaryRecord* row) { return row->measures.count(measure) > 0; };
    if (std::any_of(rows.begin(), rows.end(), has)) measures.emplace_back(measure);
  }
  return measures;
}

Table ResultsTable(const Record& record, const Rows& rows) {
  std::vector<Column> columns = {
      {"subject"}, {"loader"}, {"format"}, {"precision"}, {"size", Align::kRight}, {"cache"}};
  const std::vector<std::string> measures = MeasuredBy(rows);
  for (const std::string& measure : measures) columns.push_back({measure, Align::kRight});
  columns.push_back({"status"});
  Table table(columns);
  for (const SummaryRecord* row : rows) {
    const SubjectRecord* subject = FindSubject(record, row->subject);
    const bool known = subject != nullptr;
    const bool sized = known && subject->model.file_bytes > 0;
    std::vector<std::string> cells = {
        Code(row->subject),
        known ? Code(subject->loader) : "",
        known ? Prose(subject->model.format) : "",
        known ? Precision(*subject) : "",
        sized ? Quantity(static_cast<double>(subject->model.file_bytes), "B") : "",
        Prose(row->cache)};
    for (const std::string& measure : measures) cells.push_back(Figure(*row, measure));
    cells.push_back(Status(*row));
    table.Row(cells);
  }
  return table;
}

std::optional<double> Least(const Rows& rows, const std::string& measure) {
  std::optional<double> least;
  for (const SummaryRecord* row : rows) {
    const std::optional<double> value = MedianOf(*row, measure);
    if (value && *value > 0) least = least ? std::min(*least, *value) : *value;
  }
  return least;
}

std::string TimesLeast(const SummaryRecord& row, const std::string& measure,
                       const std::optional<double>& least) {
  const auto found = row.measures.find(measure);
  if (found == row.measures.end() || !found->second.value || !least) return "not measured";
  const std::string at_least = found->second.value_at_least ? ">= " : "";
  return at_least + Quantity(*found->second.value / *least, "x");
}

Table RatioTable(const std::vector<Rows>& groups, const std::vector<std::string>& measures) {
  std::vector<Column> columns = {{"subject"}, {"cache"}};
  for (const std::string& measure : measures) columns.push_back({measure, Align::kRight});
  Table table(columns);
  for (const Rows& group : groups) {
    if (group.size() < 2) continue;
    for (const SummaryRecord* row : group) {
      std::vector<std::string> cells = {Code(row->subject), Prose(row->cache)};
      for (const std::string& measure : measures) {
        cells.push_back(TimesLeast(*row, measure, Least(group, measure)));
      }
      table.Row(cells);
    }
  }
  return table;
}

/// Where two ways to the same model differ, phase by phase.
Table PhaseTable(const Rows& rows) {
  Table table({{"subject"}, {"cache"}, {"phases of a trial, medians"}});
  for (const SummaryRecord* row : rows) {
    std::vector<std::string> phases;
    for (const harness::Phase& phase : row->phases) {
      phases.push_back(fmt::format("{} {}", Prose(phase.name), Quantity(phase.seconds, "s")));
    }
    if (phases.empty()) continue;
    table.Row({Code(row->subject), Prose(row->cache), fmt::format("{}", fmt::join(phases, ", "))});
  }
  return table;
}

/// What lies between our clock and a loader that is not built in.
struct Transport {
  std::string_view loader;
  std::string_view words;
};
constexpr std::array kTransports = {
    Transport{"plugin(", "is a library in the trial's own process: nothing lies between"},
    Transport{"command(",
              "is a program: its clock runs at our end of its pipes, from the request on, so that "
              "the pipes are in it and its start is not"},
    Transport{"http(",
              "is a server: `ttft` runs from the request to the first content, over loopback and "
              "HTTP; its start is `startup_time`"}};

std::string TransportWords(const Record& record, const Rows& rows) {
  std::string text;
  for (const SummaryRecord* row : rows) {
    const SubjectRecord* subject = FindSubject(record, row->subject);
    for (const Transport& transport : kTransports) {
      if (subject == nullptr || !subject->loader.starts_with(transport.loader)) continue;
      text += fmt::format("{}{} {}.", text.empty() ? "" : " ", Code(row->subject), transport.words);
    }
  }
  return text;
}

/// One size of several: its ratio to another says how large the models are.
bool IsSwept(const Record& record, const SummaryRecord& row) {
  return std::any_of(
      record.hypotheses.begin(), record.hypotheses.end(), [&](const HypothesisRecord& hypothesis) {
        return hypothesis.sweep && row.subject.starts_with(hypothesis.subject + " @ ");
      });
}

std::string SameWeights(const Record& record, const Rows& rows) {
  std::set<std::string> digests;
  for (const SummaryRecord* row : rows) {
    const SubjectRecord* subject = FindSubject(record, row->subject);
    digests.insert(subject == nullptr ? "" : subject->payload_digest);
  }
  if (digests.count("") > 0) {
    return "For at least one subject the payload is not proven, so it is not known whether all "
           "carry the same weights at the same precision.";
  }
  return digests.size() == 1
             ? "All subjects hold the same payload, byte for byte."
             : "The subjects' payload digests differ: a ratio between them may also "
               "reflect what they store, not only how it is loaded.";
}

}  // namespace

void AddResults(const Record& record, Document& document) {
  document.Heading(2, "Results");
  if (record.summaries.empty()) {
    document.Paragraph("The record holds no summarised measurement.");
    return;
  }
  document.Paragraph(
      "Medians over the undisturbed trials that finished; `>=` where they were stopped.");
  for (const std::string& workload : Workloads(record)) {
    Rows rows;
    for (const SummaryRecord& summary : record.summaries) {
      if (summary.workload == workload) rows.push_back(&summary);
    }
    document.Heading(3, "Workload " + Code(workload));
    document.Add(ResultsTable(record, rows));
    std::erase_if(rows, [&](const SummaryRecord* row) { return IsSwept(record, *row); });
    const Table ratios = RatioTable(ByCache(rows), MeasuredBy(rows));
    if (ratios.empty()) continue;
    document.Paragraph(
        "Ratios between the subjects: times the least value in the same column and cache state. "
        "These are ratios of medians, for orientation; verdicts rest on the hypotheses below. " +
        SameWeights(record, rows));
    document.Add(ratios);
    const Table phases = PhaseTable(rows);
    if (!phases.empty()) document.Add(phases);
    const std::string transports = TransportWords(record, rows);
    if (!transports.empty()) document.Paragraph(transports);
  }
}

}  // namespace falsify::reports
