#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/words.h"
#include "reports/sections/cause.h"
#include "reports/sections/sections.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Phase;
using harness::Record;
using harness::SummaryRecord;

namespace {

constexpr std::array<std::pair<const char*, const char*>, 6> kCosts = {{{"bytes_read", "B"},
                                                                        {"storage_bytes", "B"},
                                                                        {"minor_faults", "count"},
                                                                        {"major_faults", "count"},
                                                                        {"peak_anon", "B"},
                                                                        {"cpu_time", "s"}}};

using Group = std::vector<const HypothesisRecord*>;

std::vector<Group> FalsifiedBySetting(const Record& record) {
  std::vector<Group> groups;
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    if (hypothesis.verdict != Verdict::kFalsified) continue;
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return SettingOf(*group.front()) == SettingOf(hypothesis);
    });
    if (same == groups.end()) {
      groups.push_back({&hypothesis});
    } else {
      same->push_back(&hypothesis);
    }
  }
  return groups;
}

std::string Times(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return "not known";
  if (*b == 0) return *a == 0 ? "equal" : "from none";
  return Quantity(*a / *b, "x");
}

std::string Shown(const std::optional<double>& value, std::string_view unit) {
  return value ? Quantity(*value, unit) : "not measured";
}

std::optional<double> PhaseSeconds(const SummaryRecord& summary, const std::string& name) {
  for (const Phase& phase : summary.phases) {
    if (phase.name == name) return phase.seconds;
  }
  return std::nullopt;
}

Table ComparisonTable(const SummaryRecord& fault, const SummaryRecord& passed) {
  constexpr Align kRight = Align::kRight;
  Table table({{"figure"},
               {Code(fault.subject), kRight},
               {Code(passed.subject), kRight},
               {"ratio", kRight}});
  const auto row = [&](const std::string& name, const std::optional<double>& a,
                       const std::optional<double>& b, std::string_view unit) {
    table.Row({name, Shown(a, unit), Shown(b, unit), Times(a, b)});
  };
  row("all phases", PhaseTotal(fault), PhaseTotal(passed), "s");
  for (const Phase& phase : fault.phases) {
    const auto other = PhaseSeconds(passed, phase.name);
    table.Row({"phase " + Code(phase.name), Quantity(phase.seconds, "s"),
               other ? Quantity(*other, "s") : "has none",
               other ? Times(phase.seconds, other) : "only here"});
  }
  for (const auto& [measure, unit] : kCosts) {
    const auto a = MedianOf(fault, measure);
    const auto b = MedianOf(passed, measure);
    if (a || b) row(fmt::format("`{}`", measure), a, b, unit);
  }
  return table;
}

// The phase that takes most longer than in the subject that passed.
std::string ExtraPhase(const SummaryRecord& fault, const SummaryRecord& passed) {
  const auto total = PhaseTotal(fault);
  const auto other = PhaseTotal(passed);
  if (!total || !other || *total <= *other) return "";
  const Phase* most = nullptr;
  double most_extra = 0;
  for (const Phase& phase : fault.phases) {
    const double extra = phase.seconds - PhaseSeconds(passed, phase.name).value_or(0);
    if (extra > most_extra) {
      most = &phase;
      most_extra = extra;
    }
  }
  if (most == nullptr) return "";
  return fmt::format("Of all phases {} adds most over {}: {} more, where the whole is {} longer.",
                     Code(most->name), Code(passed.subject), Quantity(most_extra, "s"),
                     Quantity(*total - *other, "s"));
}

std::string LargestFloor(const Case& fault) {
  const std::vector<Floor> floors = Floors(fault);
  const auto total = PhaseTotal(fault.summary);
  if (floors.empty() || !total) return "No limit measured on this host bears on it.";
  const auto largest =
      std::max_element(floors.begin(), floors.end(),
                       [](const Floor& a, const Floor& b) { return a.seconds < b.seconds; });
  return fmt::format("Among the costs whose limit was measured, {} weighs most ({}).",
                     largest->work, Quantity(largest->seconds, "s"));
}

std::string MissingFigures(const Case& fault) {
  std::vector<std::string> missing;
  if (fault.summary.phases.empty()) missing.emplace_back("phase times");
  for (const auto& [measure, unit] : kCosts) {
    if (!MedianOf(fault.summary, measure)) missing.push_back(fmt::format("`{}`", measure));
  }
  if (FindLoad(fault.record, SettingOf(fault.summary)) == nullptr) {
    missing.emplace_back("the loader's own account");
  }
  return missing.empty() ? "" : fmt::format(" Not recorded: {}.", Enumerate(missing));
}

void AddChain(const Case& fault, Document& document) {
  std::vector<std::string> steps = {PhaseStep(fault),  BytesStep(fault), FaultStep(fault),
                                    MemoryStep(fault), CpuStep(fault),   LimitStep(fault),
                                    StoppedStep(fault)};
  steps.erase(std::remove(steps.begin(), steps.end(), ""), steps.end());
  document.Numbered(steps);
  if (fault.summary.ok == 0) {
    document.Paragraph("No trial finished, so the data does not say why." + MissingFigures(fault));
    return;
  }
  std::string end = LargestFloor(fault);
  if (const SummaryRecord* passed = FindPassed(fault)) {
    document.Paragraph(
        fmt::format("Compared with {}, which passed under the same workload and cache state:",
                    Code(passed->subject)));
    document.Add(ComparisonTable(fault.summary, *passed));
    const std::string extra = ExtraPhase(fault.summary, *passed);
    if (!extra.empty()) end = extra + " " + end;
  } else {
    end = "No other subject passed under the same workload and cache state to compare with. " + end;
  }
  document.Paragraph(
      fmt::format("**Where the chain ends:** {} Beyond this the data does not say why.{}", end,
                  MissingFigures(fault)));
}

}  // namespace

void AddRootCause(const Record& record, Document& document) {
  document.Heading(2, "Root cause");
  const std::vector<Group> groups = FalsifiedBySetting(record);
  if (groups.empty()) {
    document.Paragraph("Nothing was falsified, so there is no cause to look for.");
    return;
  }
  for (const Group& group : groups) {
    const HypothesisRecord& first = *group.front();
    std::vector<std::string> ids;
    for (const HypothesisRecord* hypothesis : group) ids.push_back(Prose(hypothesis->id));
    document.Heading(3, fmt::format("Why {}: {}, {}", Enumerate(ids), Code(first.subject),
                                    SettingWords(first.workload, first.cache)));
    const SummaryRecord* summary = FindSummary(record, SettingOf(first));
    if (summary == nullptr) {
      document.Paragraph("The record summarises no trial of it: the data does not say why.");
      continue;
    }
    AddChain({record, group, *summary, FindSubject(record, first.subject)}, document);
  }
}

}  // namespace falsify::reports
