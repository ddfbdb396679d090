#pragma once

#include <string>

#include "harness/experiment.h"

namespace falsify::cli {

/// One line on stderr that says which hypothesis, which trial, the estimate so far and the
/// evidence. Rewritten in place; only where stderr is a terminal, CI is not set and nobody asked
/// for quiet.
class ProgressLine : public harness::RunListener {
 public:
  enum class Show {
    kNever,
    kOnTerminal,
    kAlways,  ///< elsewhere as plain lines, one for each thing that is done
  };
  explicit ProgressLine(Show show);
  ~ProgressLine() override;
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void OnProgress(const harness::Progress& progress) override;

  /// Takes the line off the screen, so that something else can be printed.
  void Clear();

 private:
  void PrintPlain(const harness::Progress& progress);

  bool shown_;
  bool plain_;
  std::string last_;
  bool on_screen_ = false;
};

/// "H3: trial 17, block 6 of ..": the text of that line, without escapes.
std::string ProgressText(const harness::Progress& progress);

}  // namespace falsify::cli
