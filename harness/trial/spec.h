#pragma once

#include <cstdint>
#include <string>

#include "harness/study/study.h"
#include "loaders/error.h"
#include "loaders/loader.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// What a worker is asked to do.
enum class Job {
  kTrial,    ///< load, run the workload, meter both
  kInspect,  ///< describe the model: format, dtypes, sizes, findings
  kProve,    ///< load with this loader, then digest what it holds: proof of content, not timed
  kVerify,   ///< kInspect, and what only reading every byte can tell
  kPrime,    ///< touch and free `prime_bytes` of anonymous memory
};

/// One worker process's whole input. Sent as one JSON document on its stdin.
struct TrialSpec {
  std::uint64_t number = 0;  ///< trial number in the run, from 1; 0 outside a run
  std::string nonce;         ///< echoed in the answer, so that a stale or foreign answer is refused
  Job job = Job::kTrial;
  std::string model_path;
  loaders::LoaderChoice loader;
  WorkloadSpec workload;
  Cache cache = Cache::kWarm;
  unsigned threads = 2;
  std::uint64_t prime_bytes = 0;  ///< of kPrime
  double timeout_seconds = 60;    ///< the parent's, from spawn
  std::uint64_t memory_limit_bytes =
      0;  ///< anonymous memory at which the worker is stopped; 0: none
};

nlohmann::json ToJson(const TrialSpec& spec);

/// Errors: WORKER_SPEC (names the field).
Result<TrialSpec> TrialSpecFromJson(const nlohmann::json& json);

}  // namespace falsify::harness
