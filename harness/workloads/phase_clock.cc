#include "harness/workloads/phase_clock.h"

#include <algorithm>

#include "harness/meters/clock.h"

namespace falsify::harness {

void PhaseClock::EndPhase(double now) {
  if (running_) phases_[current_].seconds += now - phase_started_;
  running_ = false;
}

void PhaseClock::Begin(std::string_view name) {
  const double now = MonotonicSeconds();
  if (started_ < 0) started_ = now;
  EndPhase(now);
  const auto found = std::find_if(phases_.begin(), phases_.end(),
                                  [&](const Phase& phase) { return phase.name == name; });
  current_ = static_cast<std::size_t>(found - phases_.begin());
  if (found == phases_.end()) phases_.push_back({std::string(name), 0.0});
  phase_started_ = now;
  running_ = true;
}

void PhaseClock::Pause() {
  paused_since_ = MonotonicSeconds();
  EndPhase(paused_since_);
}

void PhaseClock::Resume() {
  const double now = MonotonicSeconds();
  paused_seconds_ += now - paused_since_;
  phase_started_ = now;
  running_ = true;
}

void PhaseClock::Stop() {
  stopped_ = MonotonicSeconds();
  EndPhase(stopped_);
}

double PhaseClock::total_seconds() const {
  if (started_ < 0) return 0.0;
  double until = MonotonicSeconds();
  if (stopped_ >= 0)
    until = stopped_;
  else if (!running_)
    until = paused_since_;
  return until - started_ - paused_seconds_;
}

double PhaseClock::Seconds(std::string_view name) const {
  for (const Phase& phase : phases_) {
    if (phase.name == name) return phase.seconds;
  }
  return 0.0;
}

}  // namespace falsify::harness
