#include "reports/verdict_line.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "reports/text/encode.h"
#include "reports/text/quantity.h"

namespace falsify::reports {
namespace {

using criteria::Verdict;

std::string_view Participle(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "passed";
    case Verdict::kFalsified:
      return "falsified";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kInvalid:
      return "invalid";
    case Verdict::kError:
      return "could not be run";
  }
  return "unknown";
}

}  // namespace

std::string VerdictCounts(const harness::Record& record) {
  if (record.hypotheses.empty()) return "no hypothesis was tested";
  std::array order = {Verdict::kError, Verdict::kFalsified, Verdict::kInvalid,
                      Verdict::kInconclusive, Verdict::kPass};
  std::stable_partition(order.begin(), order.end(),
                        [&](Verdict verdict) { return verdict == record.verdict; });
  std::string out;
  for (const Verdict verdict : order) {
    const auto count = static_cast<std::uint64_t>(
        std::count_if(record.hypotheses.begin(), record.hypotheses.end(),
                      [&](const auto& hypothesis) { return hypothesis.verdict == verdict; }));
    if (count == 0) continue;
    const std::string whole = fmt::format(
        " of {}", record.hypotheses.size() == 1 ? "1 hypothesis"
                                                : Count(record.hypotheses.size()) + " hypotheses");
    out += fmt::format("{}{}{} {}", out.empty() ? "" : ", ", Count(count), out.empty() ? whole : "",
                       Participle(verdict));
  }
  return out;
}

std::string VerdictLine(const harness::Record& record) {
  constexpr std::size_t kIdBytes = 100;
  const std::string id = record.study_id.empty()
                             ? "study without an id"
                             : TerminalText(Untrusted(record.study_id, kIdBytes));
  return fmt::format("{}: {}, {} (exit code {})", criteria::Name(record.verdict), id,
                     VerdictCounts(record), record.exit_code);
}

}  // namespace falsify::reports
