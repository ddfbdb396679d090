#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/trial/observation.h"

namespace falsify::harness {

/// The stopwatch of one trial: consecutive named phases and, measured apart from them, the total.
/// It can be paused while meters read, so that they cost the trial nothing. Used by one thread.
class PhaseClock {
 public:
  /// Ends the current phase, if any, and begins `name`. The first call starts the total. A name
  /// that comes again adds to its earlier time.
  void Begin(std::string_view name);
  void Pause();
  void Resume();  ///< goes on with the phase that was paused
  void Stop();

  const std::vector<Phase>& phases() const { return phases_; }
  double total_seconds() const;                 ///< until now, Pause or Stop; pauses left out
  double Seconds(std::string_view name) const;  ///< 0 if there was no such phase

 private:
  void EndPhase(double now);

  std::vector<Phase> phases_;
  std::size_t current_ = 0;
  bool running_ = false;
  double phase_started_ = 0;
  double started_ = -1;
  double stopped_ = -1;
  double paused_since_ = 0;
  double paused_seconds_ = 0;
};

}  // namespace falsify::harness
