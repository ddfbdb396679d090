#pragma once

#include <cstdint>

#include "fixtures/generate.h"

namespace falsify::cli {

/// A line on the terminal that says how much of a file is written. Shown as ProgressLine is.
class ByteProgress {
 public:
  enum class Show { kNever, kOnTerminal };
  explicit ByteProgress(Show show);
  ByteProgress(const ByteProgress&) = delete;
  ByteProgress& operator=(const ByteProgress&) = delete;
  ~ByteProgress();

  /// Empty if nobody is to see it. Valid as long as this.
  fixtures::OnProgress listener();

 private:
  void Tell(std::uint64_t written_bytes, std::uint64_t file_bytes);

  bool shown_;
  int percent_ = -1;
};

}  // namespace falsify::cli
