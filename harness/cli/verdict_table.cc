#include "harness/cli/verdict_table.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "criteria/verdict.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "harness/cli/terminal.h"
#include "loaders/error.h"
#include "reports/text/quantity.h"

namespace falsify::cli {
namespace {

using Cells = std::array<std::string, 5>;
constexpr std::size_t kVerdictCell = 1;

std::string RequiredOf(const harness::HypothesisRecord& h) {
  if (h.criterion == "all_of") return fmt::format("all of {}", fmt::join(h.members, ", "));
  if (h.criterion == "equals") {
    return fmt::format("{}{}{} ({})", h.measure, h.threshold_text.empty() ? "" : " to ",
                       h.threshold_text, h.cache);
  }
  const std::string measure = h.relative_to.empty() ? h.measure : h.measure + " / " + h.relative_to;
  return fmt::format("{} {} {} ({}{})", measure, h.sweep ? "grows as" : h.criterion,
                     h.threshold_text, h.cache, h.mode == "steady" ? ", steady" : "");
}

std::string SeenOf(const harness::HypothesisRecord& h) {
  if (h.criterion == "all_of") return h.why;
  if (h.criterion == "equals") {
    return fmt::format("held in {} of {} blocks", h.falsify.n - h.falsify.violations, h.falsify.n);
  }
  const std::string estimate =
      reports::EstimateText(h.estimate, h.sweep ? "" : h.unit, h.threshold);
  return h.sweep ? "excess exponent " + estimate : estimate;
}

/// What a terminal does around a verdict.
std::string_view ColourOf(criteria::Verdict verdict) {
  switch (verdict) {
    case criteria::Verdict::kPass:
      return "\x1b[32m";
    case criteria::Verdict::kFalsified:
      return "\x1b[31m";
    case criteria::Verdict::kInconclusive:
      return "\x1b[33m";
    case criteria::Verdict::kInvalid:
      return "\x1b[35m";
    case criteria::Verdict::kError:
      break;
  }
  return "\x1b[1;31m";
}

Cells RowOf(const harness::HypothesisRecord& h) {
  return {Printable(h.id), std::string(criteria::Name(h.verdict)), Printable(h.subject),
          Printable(RequiredOf(h)), Printable(SeenOf(h))};
}

}  // namespace

std::string VerdictTable(const harness::Record& record, bool coloured) {
  std::vector<Cells> rows = {{"ID", "VERDICT", "SUBJECT", "REQUIRED", "SEEN"}};
  for (const harness::HypothesisRecord& h : record.hypotheses) rows.push_back(RowOf(h));
  std::array<std::size_t, 5> widths{};
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  std::string table;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i + 1 < rows[r].size(); ++i) {
      const std::string gap(widths[i] - WidthOf(rows[r][i]) + 2, ' ');
      const bool verdict = coloured && r > 0 && i == kVerdictCell;
      table += verdict ? fmt::format("{}{}\x1b[0m{}", ColourOf(record.hypotheses[r - 1].verdict),
                                     rows[r][i], gap)
                       : rows[r][i] + gap;
    }
    table += rows[r].back() + "\n";
  }
  return table;
}

}  // namespace falsify::cli
