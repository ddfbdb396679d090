#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/host.h"
#include "harness/record.h"
#include "harness/steps.h"
#include "loaders/error.h"

namespace falsify::harness {

/// The probes whose slow-down can disturb a trial in this page-cache state: device and memory when
/// cold; page-cache copy, memory and anonymous touch when warm.
std::vector<std::string_view> ProbeKinds(Cache cache);

/// The run's host probes, and the slow-down of a group of trials between two sets of them.
class NoiseLog {
 public:
  NoiseLog(Steps& steps, Host& host);

  /// Eight probes of each kind, before the first block. Errors: JOURNAL_*.
  Result<void> Begin(const std::vector<std::string_view>& kinds);

  /// Probes each kind that works here and returns where in the log those probes stand. A set taken
  /// with no trial since is taken again only for kinds it lacks.
  Result<std::vector<std::size_t>> Take(const std::vector<std::string_view>& kinds);

  /// While the newest set is disturbed: waits a second and takes it again, at most 30 times.
  Result<std::vector<std::size_t>> TakeWhenQuiet(const std::vector<std::string_view>& kinds);

  /// Says that trials ran, so that the next set is taken anew.
  void TrialsRan() { fresh_.clear(); }

  /// Largest probe / reference over these probes, against the reference as it is now; 1 if none.
  double Slowdown(const std::vector<std::size_t>& probes) const;

  /// Seconds from the first probe to the last.
  double SpanSeconds() const;

  /// Seconds waited for a quiet host so far, by TakeWhenQuiet.
  double waited_seconds() const { return waited_seconds_; }
  bool available() const { return !probes_.empty(); }
  const std::vector<ProbeRecord>& probes() const { return probes_; }

 private:
  Result<void> TakeOne(std::string_view kind, std::vector<std::size_t>& into);

  Steps& steps_;
  Host& host_;
  double waited_seconds_ = 0;
  std::vector<ProbeRecord> probes_;
  std::map<std::string, std::vector<double>, std::less<>> values_;  // by kind
  std::map<std::string, std::size_t, std::less<>> fresh_;  // kind -> probe since the last trial
  std::map<std::string, bool, std::less<>> refused_;
};

}  // namespace falsify::harness
