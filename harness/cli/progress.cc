#include "harness/cli/progress.h"

#include "fmt/format.h"
#include "harness/cli/terminal.h"
#include "reports/text/quantity.h"

namespace falsify::cli {
namespace {

constexpr std::size_t kColumns = 118;

}  // namespace

ProgressLine::ProgressLine(Show show) : shown_(show == Show::kOnTerminal && MayRewriteLines()) {}

ProgressLine::~ProgressLine() { Clear(); }

void ProgressLine::Clear() {
  if (on_screen_) fmt::print(stderr, "\r\x1b[K");
  on_screen_ = false;
}

void ProgressLine::OnProgress(const harness::Progress& progress) {
  if (!shown_) return;
  const std::string text = ProgressText(progress);
  fmt::print(stderr, "\r\x1b[K{}", text.substr(0, kColumns));
  std::fflush(stderr);
  on_screen_ = true;
}

std::string ProgressText(const harness::Progress& progress) {
  std::string text = fmt::format("[{}/{} decided] {} trials", progress.decided, progress.hypotheses,
                                 progress.trials);
  if (progress.hypothesis.empty()) return fmt::format("{}, {}", text, progress.stage);
  text += fmt::format(", {} {}", progress.stage == "block" ? "testing" : progress.stage,
                      Printable(progress.hypothesis));
  if (progress.estimate.value) {
    text += fmt::format(": {}{}", progress.estimate.value_at_least ? ">= " : "",
                        reports::Quantity(*progress.estimate.value, progress.unit));
  }
  return text + fmt::format(", evidence against {:.3g} of {:.3g}, for {:.3g} of {:.3g}",
                            progress.falsify.e, progress.falsify.need, progress.corroborate.e,
                            progress.corroborate.need);
}

}  // namespace falsify::cli
