#include "reports/facts/verdict_line.h"

#include "fmt/format.h"
#include "reports/facts/words.h"
#include "reports/text/encode.h"

namespace falsify::reports {

std::string VerdictLine(const harness::Record& record) {
  constexpr std::size_t kIdBytes = 100;
  const std::string id = record.study_id.empty()
                             ? "study without an id"
                             : TerminalText(Untrusted(record.study_id, kIdBytes));
  return fmt::format("{}: {}, {} (exit code {})", criteria::Name(record.verdict), id,
                     VerdictCounts(record), record.exit_code);
}

}  // namespace falsify::reports
