#include "harness/cli/progress.h"

#include <cmath>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/cli/terminal.h"
#include "harness/time_left.h"
#include "reports/text/quantity.h"

namespace falsify::cli {
namespace {

constexpr std::size_t kColumns = 118;
constexpr int kBarCells = 10;

/// "[####......]"
std::string BarOf(const harness::StreamRecord& stream) {
  const int full = static_cast<int>(harness::EvidenceShare(stream.e, stream.need) * kBarCells);
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(kBarCells - full), '.') + "]";
}

/// In the unit that a person would say it in: a guess has no three digits.
std::string Roughly(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::ceil(seconds));
  if (seconds < 5400) return fmt::format("{:.0f} min", std::ceil(seconds / 60));
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

ProgressLine::ProgressLine(Show show)
    : shown_(show != Show::kNever && MayRewriteLines()), plain_(show == Show::kAlways && !shown_) {}

ProgressLine::~ProgressLine() { Clear(); }

void ProgressLine::Clear() {
  if (on_screen_) fmt::print(stderr, "\r\x1b[K");
  on_screen_ = false;
}

void ProgressLine::OnProgress(const harness::Progress& progress) {
  if (plain_) PrintPlain(progress);
  if (!shown_) return;
  const std::string text = ProgressText(progress);
  fmt::print(stderr, "\r\x1b[K{}", CutTo(text, ColumnsOf(STDERR_FILENO, kColumns) - 1));
  std::fflush(stderr);
  on_screen_ = true;
}

// A line whenever something else is being done, so that a log stays short.
void ProgressLine::PrintPlain(const harness::Progress& progress) {
  const std::string now = progress.stage + progress.hypothesis;
  if (now == last_) return;
  last_ = now;
  fmt::print(stderr, "falsify: {}\n", ProgressText(progress));
}

std::string ProgressText(const harness::Progress& progress) {
  const std::string left = progress.seconds_left
                               ? fmt::format(", about {} left", Roughly(*progress.seconds_left))
                               : std::string();
  std::string text = fmt::format("[{}/{} decided{}] {} trials", progress.decided,
                                 progress.hypotheses, left, progress.trials);
  if (progress.hypothesis.empty()) return fmt::format("{}, {}", text, progress.stage);
  text += fmt::format(", {} {}", progress.stage == "block" ? "testing" : progress.stage,
                      Printable(progress.hypothesis));
  if (progress.estimate.value) {
    const bool bounded = progress.estimate.low || progress.estimate.high;
    text += ": " + (bounded ? reports::EstimateText(progress.estimate, progress.unit, 0)
                            : reports::ValueText(progress.estimate, progress.unit));
  }
  return text +
         fmt::format(", against {} for {}", BarOf(progress.falsify), BarOf(progress.corroborate));
}

}  // namespace falsify::cli
