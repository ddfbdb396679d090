#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/memory_model.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using harness::Record;
using harness::SummaryRecord;

namespace {

std::string InPayloads(const std::optional<double>& bytes, double payload) {
  if (!bytes) return "not measured";
  if (payload <= 0) return Quantity(*bytes, "B");
  constexpr double kLeastShown = 0.01;
  const double multiple = *bytes / payload;
  return fmt::format(
      "{} ({} payload)", Quantity(*bytes, "B"),
      multiple < kLeastShown ? "under " + Exact(kLeastShown, "x") : Quantity(multiple, "x"));
}

double PayloadOf(const Record& record, const SummaryRecord& summary) {
  const harness::SubjectRecord* subject = FindSubject(record, summary.subject);
  return subject == nullptr ? 0 : static_cast<double>(subject->model.payload_bytes);
}

std::string AnonymousShare(const SummaryRecord& summary) {
  const std::optional<double> anonymous = MedianOf(summary, "peak_anon");
  const std::optional<double> resident = MedianOf(summary, "peak_rss");
  if (!anonymous || !resident || *resident <= 0) return "not measured";
  return Percent(*anonymous / *resident);
}

bool MeasuredMemory(const SummaryRecord& summary) {
  return MedianOf(summary, "peak_rss") || MedianOf(summary, "peak_anon") ||
         MedianOf(summary, "peak_file");
}

// What stopped trials held when they were stopped, where no finished one tells.
std::string WhenStopped(const Record& record, const SummaryRecord& summary) {
  double most = 0;
  for (const harness::TrialRecord* trial : TrialsOf(record, SettingOf(summary))) {
    const auto& bounds = trial->observation.at_least;
    const auto held = bounds.find("peak_anon");
    if (held != bounds.end()) most = std::max(most, held->second);
  }
  if (most <= 0) return "nothing is known of its memory";
  return fmt::format("it held at least {} of anonymous memory when it was stopped",
                     Quantity(most, "B"));
}

}  // namespace

void AddMemory(const Record& record, Document& document) {
  document.Heading(2, "Memory");
  constexpr Align kRight = Align::kRight;
  Table table({{"subject"},
               {"workload"},
               {"cache"},
               {"payload", kRight},
               {"peak_rss", kRight},
               {"peak_anon", kRight},
               {"peak_file", kRight},
               {"anonymous share", kRight}});
  std::vector<std::string> notes;
  for (const SummaryRecord& summary : record.summaries) {
    const std::string who = fmt::format("{}, {}", Code(summary.subject), Prose(summary.cache));
    if (!MeasuredMemory(summary)) {
      notes.push_back(fmt::format("{}: no finished trial measured its memory; {}.", who,
                                  WhenStopped(record, summary)));
      continue;
    }
    const double payload = PayloadOf(record, summary);
    table.Row({Code(summary.subject), Code(summary.workload), Prose(summary.cache),
               payload > 0 ? Quantity(payload, "B") : "",
               InPayloads(MedianOf(summary, "peak_rss"), payload),
               InPayloads(MedianOf(summary, "peak_anon"), payload),
               InPayloads(MedianOf(summary, "peak_file"), payload), AnonymousShare(summary)});
    const std::string arithmetic = MemoryArithmetic(record, summary);
    if (!arithmetic.empty()) notes.push_back(fmt::format("{}: {}.", who, arithmetic));
  }
  if (table.empty() && notes.empty()) {
    document.Paragraph("The record holds no memory figure.");
    return;
  }
  if (!table.empty()) {
    document.Paragraph(
        "Anonymous memory (heap) must stay in RAM or swap; file-backed pages can be dropped and "
        "read again. Peaks of the two need not fall together, so they may not add up to peak_rss.");
  }
  document.Add(table);
  if (!notes.empty()) document.Paragraph("What the peaks are made of, as far as the figures tell:");
  document.Bullets(notes);
}

}  // namespace falsify::reports
