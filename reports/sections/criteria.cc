#include <string>

#include "fmt/format.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;

namespace {

std::string HowSure(const HypothesisRecord& hypothesis) {
  const bool decided =
      hypothesis.verdict == Verdict::kPass || hypothesis.verdict == Verdict::kFalsified;
  if (decided && hypothesis.severity) return "severity " + Percent(*hypothesis.severity);
  if (hypothesis.verdict == Verdict::kInconclusive && hypothesis.severity) {
    return fmt::format("undecided; severity so far {}", Percent(*hypothesis.severity));
  }
  return decided ? "severity not defined" : "nothing follows";
}

}  // namespace

void AddCriteria(const harness::Record& record, Document& document) {
  document.Heading(2, "Criteria");
  if (record.hypotheses.empty()) {
    document.Paragraph("The record holds no hypothesis.");
    return;
  }
  Table table({{"id"}, {"claim"}, {"requirement"}, {"seen [interval]"}, {"how sure"}, {"verdict"}});
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    table.Row({Prose(hypothesis.id), Prose(hypothesis.claim), Requirement(hypothesis),
               SeenText(hypothesis), HowSure(hypothesis),
               fmt::format("**{}**", criteria::Name(hypothesis.verdict))});
  }
  document.Add(table);
  document.Paragraph(
      "Sizes and rates are decimal throughout: 1 kB = 1000 B, 1 GB = 10^9 B. `x` is a plain ratio. "
      "An interval holds at the confidence given with its hypothesis below, whenever the run "
      "stopped; `open` is a side that nothing bounds; `>=` is a value known only as a lower "
      "bound.");
}

}  // namespace falsify::reports
