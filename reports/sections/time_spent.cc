#include <string>

#include "fmt/format.h"
#include "reports/sections/sections.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

void AddTimeSpent(const harness::Record& record, Document& document) {
  document.Heading(2, "Where the time of the run went");
  const harness::TimeSpent& spent = record.time_spent;
  if (spent.total <= 0) {
    document.Paragraph("The record does not say how long the run took.");
    return;
  }
  Table table({{"part"}, {"time", Align::kRight}, {"share", Align::kRight}});
  const auto row = [&](std::string part, double seconds) {
    table.Row({std::move(part), Quantity(seconds, "s"), Percent(seconds / spent.total)});
  };
  row("trials", spent.trials);
  row("making and verifying page-cache states", spent.cache);
  row("priming and keeping guest memory", spent.priming);
  row("probing the host", spent.probes);
  row("waiting for a quiet host", spent.waiting);
  row("generating and proving models", spent.models);
  const double known =
      spent.trials + spent.cache + spent.priming + spent.probes + spent.waiting + spent.models;
  if (known < spent.total) row("everything else", spent.total - known);
  row("**whole run**", spent.total);
  document.Add(table);
  if (spent.cache + spent.priming > spent.trials) {
    document.Paragraph(
        "Preparing the trials took longer than running them: page-cache states are made and guest "
        "memory is primed before each, so that a trial measures its loader and not what was left "
        "behind.");
  }
}

}  // namespace falsify::reports
