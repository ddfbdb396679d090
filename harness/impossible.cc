#include "harness/impossible.h"

#include <algorithm>
#include <optional>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

/// Caches keep a part of a small model, and limits are measured with some error.
constexpr double kAllowance = 1.5;
constexpr double kLargerThanAnyCache = 256e6;

std::optional<double> LimitOf(const Record& record, std::string_view name) {
  for (const LimitRecord& limit : record.limits) {
    if (limit.name == name) return limit.value;
  }
  return std::nullopt;
}

double PhaseSeconds(const SummaryRecord& summary, std::string_view name) {
  for (const Phase& phase : summary.phases) {
    if (phase.name == name) return phase.seconds;
  }
  return 0;
}

}  // namespace

/// Bytes per second that so many passes over all weights would take; 0 if there were none.
struct Reading {
  std::string what;
  double seconds_per_pass;
};

std::vector<Reading> ReadingsOf(const SummaryRecord& summary) {
  std::vector<Reading> readings;
  if (const double seconds = PhaseSeconds(summary, "prefill"); seconds > 0) {
    readings.push_back({"its prefill", seconds});
  }
  const auto rate = summary.measures.find("decode_rate");
  if (rate != summary.measures.end() && rate->second.value.value_or(0) > 0) {
    readings.push_back({"each token after the first", 1 / *rate->second.value});
  }
  return readings;
}

std::vector<std::string> ImpossibleSpeeds(const Record& record) {
  std::vector<std::string> impossible;
  const std::optional<double> memory = LimitOf(record, "memory_read");
  if (!memory) return impossible;
  for (const SummaryRecord& summary : record.summaries) {
    const auto subject = std::ranges::find(record.subjects, summary.subject, &SubjectRecord::name);
    if (subject == record.subjects.end()) continue;
    const auto bytes = static_cast<double>(subject->model.payload_bytes);
    for (const Reading& reading : ReadingsOf(summary)) {
      const double seconds = reading.seconds_per_pass;
      if (bytes < kLargerThanAnyCache || bytes / seconds <= kAllowance * *memory) continue;
      impossible.push_back(fmt::format(
          "{}: {} took {:.3g} s for {:.3g} GB of weights, {:.3g} GB/s where memory gives "
          "{:.3g} GB/s: it cannot have used them all",
          summary.subject, reading.what, seconds, bytes / 1e9, bytes / seconds / 1e9,
          *memory / 1e9));
    }
  }
  return impossible;
}

}  // namespace falsify::harness
