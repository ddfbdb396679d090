#include "harness/cli/verdict_table.h"

#include <algorithm>
#include <array>
#include <vector>

#include "criteria/verdict.h"
#include "fmt/format.h"
#include "loaders/error.h"
#include "reports/text/quantity.h"

namespace falsify::cli {
namespace {

using Cells = std::array<std::string, 5>;

Cells RowOf(const harness::HypothesisRecord& h) {
  const std::string measure = h.relative_to.empty() ? h.measure : h.measure + " / " + h.relative_to;
  return {Printable(h.id), std::string(criteria::Name(h.verdict)), Printable(h.subject),
          Printable(fmt::format("{} {} {} ({})", measure, h.criterion, h.threshold_text, h.cache)),
          reports::EstimateText(h.estimate, h.unit, h.threshold)};
}

}  // namespace

std::string VerdictTable(const harness::Record& record) {
  std::vector<Cells> rows = {{"ID", "VERDICT", "SUBJECT", "REQUIRED", "SEEN"}};
  for (const harness::HypothesisRecord& h : record.hypotheses) rows.push_back(RowOf(h));
  std::array<std::size_t, 5> widths{};
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      table += fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    table += row.back() + "\n";
  }
  return table;
}

}  // namespace falsify::cli
