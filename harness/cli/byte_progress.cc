#include "harness/cli/byte_progress.h"

#include "fmt/format.h"
#include "harness/cli/terminal.h"

namespace falsify::cli {

ByteProgress::ByteProgress(Show show) : shown_(show == Show::kOnTerminal && MayRewriteLines()) {}

ByteProgress::~ByteProgress() {
  if (percent_ >= 0) fmt::print(stderr, "\r\x1b[K");
}

fixtures::OnProgress ByteProgress::listener() {
  if (!shown_) return {};
  return [this](std::uint64_t written, std::uint64_t all) { Tell(written, all); };
}

void ByteProgress::Tell(std::uint64_t written_bytes, std::uint64_t file_bytes) {
  const int percent = static_cast<int>(100.0 * static_cast<double>(written_bytes) /
                                       static_cast<double>(file_bytes));
  if (percent == percent_) return;
  percent_ = percent;
  fmt::print(stderr, "\r\x1b[K{} % of {:.2f} GB written", percent,
             static_cast<double>(file_bytes) / 1e9);
  std::fflush(stderr);
}

}  // namespace falsify::cli
