#include "harness/cli/compare_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "harness/study/measures.h"
#include "loaders/error.h"
#include "reports/text/quantity.h"

namespace falsify::cli {
namespace {

using harness::EstimateRecord;
using harness::Record;
using harness::SummaryRecord;

using Cells = std::array<std::string, 7>;

/// The workloads a measure may come from differ in what they add; one that demands its own has no
/// choice, any other comes from the first that has it.
const EstimateRecord* Find(const Record& record, const std::string& subject,
                           const std::string& cache, const harness::MeasureEntry& measure,
                           int* trials) {
  for (const SummaryRecord& summary : record.summaries) {
    if (summary.subject != subject || summary.cache != cache) continue;
    if (measure.needs_workload && !summary.workload.starts_with(measure.workload)) continue;
    const auto found = summary.measures.find(std::string(measure.name));
    if (found == summary.measures.end()) continue;
    *trials = summary.ok;
    return &found->second;
  }
  return nullptr;
}

std::vector<CompareRow> RowsOf(const Record& record, const harness::MeasureEntry& measure,
                               const std::string& cache) {
  std::vector<CompareRow> rows;
  if (record.subjects.empty()) return rows;
  const harness::SubjectRecord& first = record.subjects.front();
  int trials = 0;
  const EstimateRecord* base = Find(record, first.name, cache, measure, &trials);
  for (const harness::SubjectRecord& subject : record.subjects) {
    const EstimateRecord* estimate = Find(record, subject.name, cache, measure, &trials);
    if (estimate == nullptr) continue;
    CompareRow row = {.measure = std::string(measure.name),
                      .unit = std::string(measure.unit),
                      .cache = cache,
                      .subject = subject.name,
                      .estimate = *estimate,
                      .ratio = {},
                      .trials = trials,
                      .unmatched = subject.model.matched_digest != first.model.matched_digest};
    if (base != nullptr && base->value && estimate->value && *base->value > 0) {
      row.ratio = *estimate->value / *base->value;
    }
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const CompareRow& a, const CompareRow& b) {
    return a.estimate.value.value_or(0) < b.estimate.value.value_or(0);
  });
  return rows;
}

Cells CellsOf(const CompareRow& row) {
  const auto bound = [&](const std::optional<double>& value) {
    return value ? reports::Quantity(*value, row.unit) : std::string("open");
  };
  return {row.measure,
          row.cache,
          Printable(row.subject),
          reports::ValueText(row.estimate, row.unit),
          fmt::format("{} .. {}", bound(row.estimate.low), bound(row.estimate.high)),
          row.ratio ? fmt::format("{:.2f}x", *row.ratio) : "",
          fmt::format("{}{}", row.trials, row.unmatched ? "  UNMATCHED PRECISION" : "")};
}

std::string SamenessLine(std::string_view what,
                         const std::map<std::string, std::vector<std::string>>& holders) {
  if (holders.empty()) return "";
  if (holders.size() == 1) {
    return fmt::format("{}: the same in all {}: {}\n", what, holders.begin()->second.size(),
                       Printable(holders.begin()->first));
  }
  std::string text = fmt::format("{}: NOT the same\n", what);
  for (const auto& [value, names] : holders) {
    text += fmt::format("  {}: {}\n", Printable(value),
                        Printable(fmt::format("{}", fmt::join(names, ", "))));
  }
  return text;
}

}  // namespace

std::vector<CompareRow> CompareRows(const Record& record,
                                    const std::vector<std::string>& measures) {
  std::vector<CompareRow> rows;
  for (const std::string& name : measures) {
    const harness::MeasureEntry* measure = harness::FindMeasure(name);
    if (measure == nullptr) continue;
    for (const char* cache : {"warm", "cold"}) {
      std::vector<CompareRow> some = RowsOf(record, *measure, cache);
      rows.insert(rows.end(), some.begin(), some.end());
    }
  }
  return rows;
}

std::string CompareText(const std::vector<CompareRow>& rows) {
  std::vector<Cells> cells = {
      {"MEASURE", "CACHE", "SUBJECT", "MEDIAN", "INTERVAL", "RATIO", "TRIALS"}};
  for (const CompareRow& row : rows) cells.push_back(CellsOf(row));
  std::array<std::size_t, 7> widths{};
  for (const Cells& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t r = 0; r < cells.size(); ++r) {
    // A rule between the groups that are sorted among themselves.
    if (r > 1 && (cells[r][0] != cells[r - 1][0] || cells[r][1] != cells[r - 1][1])) text += "\n";
    std::string line;
    for (std::size_t i = 0; i < cells[r].size(); ++i) {
      const bool number = i == 3 || i == 5;
      line += number ? fmt::format("{:>{}}  ", cells[r][i], widths[i])
                     : fmt::format("{:<{}}  ", cells[r][i], widths[i]);
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string SamenessText(const Record& record) {
  std::map<std::string, std::vector<std::string>> payloads;
  for (const harness::SubjectRecord& subject : record.subjects) {
    const bool proven = !subject.payload_digest.empty();
    payloads[proven ? subject.payload_digest : "not proven"].push_back(subject.name);
  }
  std::map<std::string, std::vector<std::string>> tokens;
  for (const SummaryRecord& summary : record.summaries) {
    if (!summary.workload.starts_with("first_token")) continue;
    const std::string seen = summary.first_token.empty()
                                 ? "not the same in all its trials"
                                 : summary.first_token + ", logits " + summary.logits;
    tokens[seen].push_back(fmt::format("{} ({})", summary.subject, summary.cache));
  }
  return SamenessLine("payload", payloads) + SamenessLine("first token", tokens);
}

nlohmann::json CompareJson(const std::vector<CompareRow>& rows) {
  nlohmann::json list = nlohmann::json::array();
  const auto number = [](const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
  };
  for (const CompareRow& row : rows) {
    list.push_back({{"measure", row.measure},
                    {"unit", row.unit},
                    {"cache", row.cache},
                    {"subject", row.subject},
                    {"median", number(row.estimate.value)},
                    {"low", number(row.estimate.low)},
                    {"high", number(row.estimate.high)},
                    {"ratio", number(row.ratio)},
                    {"trials", row.trials},
                    {"matched", !row.unmatched}});
  }
  return list;
}

}  // namespace falsify::cli
