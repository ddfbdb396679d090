#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/outcomes.h"
#include "reports/facts/verdict_line.h"
#include "reports/machines/machines.h"
#include "reports/text/encode.h"

namespace falsify::reports {
namespace {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Record;

/// Of each kind a step shows no more (docs.github.com, workflow commands).
constexpr std::size_t kMostOfAKind = 10;

std::string Escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : TerminalText(Untrusted(text, 2000))) {
    if (c == '%') {
      out += "%25";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Annotation(std::string_view kind, const Record& record,
                       const HypothesisRecord& hypothesis) {
  return fmt::format(
      "::{} file={},line={},title={}::{}\n", kind, Escaped(record.study_path, true),
      std::max(1, hypothesis.line),
      Escaped(fmt::format("{} {}", criteria::Name(hypothesis.verdict), hypothesis.id), true),
      Escaped(MessageOf(hypothesis), false));
}

std::string Annotations(std::string_view kind, const Record& record,
                        const std::vector<Verdict>& verdicts) {
  std::string out;
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (const Verdict verdict : verdicts) {
    for (const HypothesisRecord& hypothesis : record.hypotheses) {
      if (hypothesis.verdict != verdict) continue;
      // The last place is kept for saying that there are more.
      if (shown + 1 >= kMostOfAKind) {
        ++left_out;
      } else {
        out += Annotation(kind, record, hypothesis);
        ++shown;
      }
    }
  }
  if (left_out > 0) out += fmt::format("::{}::and {} more, see the report\n", kind, left_out);
  return out;
}

}  // namespace

std::string RenderGithub(const Record& record) {
  return Annotations("error", record, {Verdict::kError, Verdict::kFalsified}) +
         Annotations("warning", record, {Verdict::kInvalid, Verdict::kInconclusive}) +
         Escaped(VerdictLine(record), false) + "\n";
}

}  // namespace falsify::reports
