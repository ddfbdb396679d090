#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/host.h"
#include "harness/record.h"
#include "harness/steps.h"
#include "harness/study/study.h"
#include "harness/trial/runner.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// A trial that can serve every hypothesis that needs the same subject, workload, page-cache state,
/// threads and timeout.
struct TrialKey {
  std::string subject;  ///< as the record calls it: of a sweep with the size, "mapped @ 16 MiB"
  WorkloadSpec workload = {};
  Cache cache = Cache::kWarm;
  unsigned threads = 2;
  double timeout_seconds = 60;
  Mode mode = Mode::kOneShot;
  Sabotage sabotage = {};

  friend auto operator<=>(const TrialKey&, const TrialKey&) = default;
};

/// "first_token(prompt_tokens=9)", "open"; "open, steady", so that no one-shot figure is mixed with
/// a steady one.
std::string Describe(const WorkloadSpec& workload, Mode mode = Mode::kOneShot);

/// What a trial needs to know of its subject.
struct TrialTarget {
  loaders::LoaderChoice loader;
  std::string model_path;
  /// Of the model: `model_path`, or all its shards. None where the weights are a hole in the file,
  /// of which there is nothing to cache.
  std::vector<std::string> files;
  std::uint64_t payload_bytes = 0;
  std::uint64_t expected_anonymous_bytes = 0;  ///< of the loader, at its peak
  std::uint64_t memory_limit_bytes = 0;
  std::vector<std::string> malformed = {};  ///< what the workload reject opens
  std::uint64_t size = 0;                   ///< of a sweep
};

/// One trial from end to end: guest memory primed, page cache made and verified, worker run, state
/// and model file checked again. Errors: those of Steps and TrialRunner; whatever the worker or
/// the page cache does is in the record.
class TrialStep {
 public:
  TrialStep(Steps& steps, Host& host, TrialRunner& runner, std::uint64_t seed);

  Result<TrialRecord> Run(const TrialKey& key, const TrialTarget& target, const std::string& role,
                          int block);

  std::uint64_t trials_run() const { return next_number_ - 1; }

 private:
  Result<void> MakeCache(const TrialTarget& target, Cache cache);
  Result<std::string> Identity(const TrialTarget& target);
  std::string LostWarmState(const TrialTarget& target);
  Result<nlohmann::json> RunLive(TrialRecord trial, const TrialKey& key, const TrialTarget& target);
  void Prepare(TrialRecord& trial, const TrialKey& key, const TrialTarget& target);
  void Keep(TrialRecord& trial, const TrialKey& key, const TrialTarget& target);

  Steps& steps_;
  Host& host_;
  TrialRunner& runner_;
  std::uint64_t seed_;
  std::uint64_t next_number_ = 1;
  std::map<std::string, std::string> identities_;  // of each model, as its first trial found it
};

}  // namespace falsify::harness
