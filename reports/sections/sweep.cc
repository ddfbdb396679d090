#include "reports/sections/sweep.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/words.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using harness::CompanionRecord;
using harness::HypothesisRecord;
using harness::SizeRecord;
using harness::SweepRecord;

namespace {

std::string_view UnitOfMeasure(std::string_view measure) {
  const bool time = measure.ends_with("_time") || measure == "ttft";
  const bool count = measure.ends_with("_faults") || measure.starts_with("descriptor");
  if (time) return "s";
  return count ? "count" : measure == "throughput" ? "B/s" : "B";
}

std::string ValueText(const std::optional<double>& value, std::string_view unit) {
  return value ? Quantity(*value, unit) : "no usable block";
}

std::string_view UnitOf(const HypothesisRecord& hypothesis) {
  return hypothesis.relative_to.empty() ? UnitOfMeasure(hypothesis.measure) : "x";
}

Table SizeTable(const HypothesisRecord& hypothesis) {
  const SweepRecord& sweep = *hypothesis.sweep;
  std::vector<Column> columns = {{Prose(sweep.over), Align::kRight},
                                 {Code(hypothesis.measure), Align::kRight}};
  for (const CompanionRecord& companion : sweep.companions) {
    if (!companion.sizes.empty()) columns.push_back({Code(companion.measure), Align::kRight});
  }
  Table table(std::move(columns));
  for (std::size_t i = 0; i < sweep.sizes.size(); ++i) {
    std::vector<std::string> cells = {SizeText(sweep, sweep.sizes[i].size),
                                      ValueText(sweep.sizes[i].value, UnitOf(hypothesis))};
    for (const CompanionRecord& companion : sweep.companions) {
      if (companion.sizes.empty()) continue;
      cells.push_back(ValueText(companion.sizes[i].value, UnitOfMeasure(companion.measure)));
    }
    table.Row(std::move(cells));
  }
  return table;
}

std::string Reach(const SweepRecord& sweep) {
  if (sweep.sizes.empty()) return "**Reach:** no size was measured.";
  return fmt::format("**Reach:** from {} to {}; nothing follows for sizes beyond.",
                     SizeText(sweep, sweep.sizes.front().size),
                     SizeText(sweep, sweep.sizes.back().size));
}

std::string Line(const HypothesisRecord& hypothesis) {
  const SweepRecord& sweep = *hypothesis.sweep;
  if (!sweep.fixed || !sweep.per_size) return "";
  const std::string_view unit = UnitOf(hypothesis);
  const bool tensors = sweep.over == "tensors";
  const double step = tensors ? 1 : 1e6;
  std::string text = fmt::format(
      "**Fixed cost and slope:** {} + {} per {}, by least squares of the relative errors",
      Quantity(*sweep.fixed, unit), Quantity(*sweep.per_size * step, unit),
      tensors ? "tensor" : "MB");
  if (!sweep.crossover) return text + ".";
  text += fmt::format(
      "; from {} on the slope costs more than all the rest",
      tensors ? fmt::format("{:.0f} tensors", *sweep.crossover) : Quantity(*sweep.crossover, "B"));
  const auto largest = static_cast<double>(sweep.sizes.back().size);
  if (*sweep.crossover > largest) {
    text += ", which is beyond the largest size measured: a fixed cost hides the slope here";
  }
  return text + ".";
}

std::string Beside(const CompanionRecord& companion, const HypothesisRecord& hypothesis) {
  const bool slope = companion.sizes.empty();
  const std::string what = slope ? "the slope" : Code(companion.measure);
  const std::string seen =
      slope ? EstimateText(companion.exponent, "", 0)
            : "exponent " + EstimateText(companion.exponent, "", hypothesis.threshold);
  return fmt::format("**Judged beside it:** {}: {}, {}.", what, criteria::Name(companion.verdict),
                     seen);
}

}  // namespace

void AddSweep(const HypothesisRecord& hypothesis, Document& document) {
  if (!hypothesis.sweep) return;
  document.Add(SizeTable(hypothesis));
  std::vector<std::string> items = {Reach(*hypothesis.sweep)};
  if (std::string line = Line(hypothesis); !line.empty()) items.push_back(std::move(line));
  for (const CompanionRecord& companion : hypothesis.sweep->companions) {
    items.push_back(Beside(companion, hypothesis));
  }
  document.Bullets(items);
}

}  // namespace falsify::reports
