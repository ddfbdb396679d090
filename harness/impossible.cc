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

std::vector<std::string> ImpossibleSpeeds(const Record& record) {
  std::vector<std::string> impossible;
  const std::optional<double> memory = LimitOf(record, "memory_read");
  if (!memory) return impossible;
  for (const SummaryRecord& summary : record.summaries) {
    const auto subject = std::ranges::find(record.subjects, summary.subject, &SubjectRecord::name);
    const double seconds = PhaseSeconds(summary, "prefill");
    if (subject == record.subjects.end() || seconds <= 0) continue;
    const auto bytes = static_cast<double>(subject->model.payload_bytes);
    if (bytes < kLargerThanAnyCache || bytes / seconds <= kAllowance * *memory) continue;
    impossible.push_back(fmt::format(
        "{}: its prefill took {:.3g} s for {:.3g} GB of weights, {:.3g} GB/s where memory gives "
        "{:.3g} GB/s: it cannot have used them all",
        summary.subject, seconds, bytes / 1e9, bytes / seconds / 1e9, *memory / 1e9));
  }
  return impossible;
}

}  // namespace falsify::harness
