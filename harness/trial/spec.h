#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/study/study.h"
#include "loaders/error.h"
#include "loaders/loader.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// What a worker is asked to do.
enum class Job {
  kTrial,        ///< load, run the workload, meter both
  kInspect,      ///< describe the model: format, dtypes, sizes, findings
  kProve,        ///< load with this loader, then digest what it holds: proof of content, not timed
  kVerify,       ///< kInspect, and what only reading every byte can tell
  kPrime,        ///< touch and free `prime_bytes` of anonymous memory
  kCheckPlugin,  ///< make every call of the plug-in's ABI: which of its rules are kept
};

/// A violation put into a trial, so that a claim's own subject becomes its control. What the
/// loader does stays what it is; the worker adds this.
struct Sabotage {
  enum class Kind {
    kNone,
    kDelay,            ///< `amount` seconds asleep before the model counts as loaded
    kDelayWork,        ///< the same after it, in the workload
    kSpin,             ///< `amount` seconds of a busy CPU
    kBallast,          ///< `amount` bytes of touched anonymous memory, held to the end
    kFileBallast,      ///< `amount` bytes of the model file mapped once more and touched
    kReads,            ///< `amount` bytes read again through read(2)
    kStorageReads,     ///< `amount` bytes read again from the device
    kFaults,           ///< `amount` pages touched for the first time
    kPrefault,         ///< `amount` payload bytes touched before the model counts as loaded
    kLeak,             ///< `amount` bytes kept after each cycle
    kLeakDescriptors,  ///< `amount` descriptors kept after each cycle
    kFlipByte,         ///< one byte of the payload differs
    kNegateOutput,     ///< the last norm is negated, so that another token is chosen
    kKeepOutput,       ///< tensors that were to be disturbed are left as they are
    kMisalign,         ///< one tensor lies at an odd address
    kAccept,           ///< a malformed file is taken for a good one
  };
  Kind kind = Kind::kNone;
  double amount = 0;

  friend auto operator<=>(const Sabotage&, const Sabotage&) = default;
};

/// "delay of 3 s"; empty for kNone.
std::string Describe(const Sabotage& sabotage);

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
  Mode mode = Mode::kOneShot;
  Sabotage sabotage = {};
  bool timeline =
      false;  ///< tell how memory grew; of thousands of trials it would swell the record
  std::uint64_t variation = 0;              ///< of weights_used: which tensors are disturbed
  std::vector<std::string> malformed = {};  ///< of reject: the files that must be refused
  std::uint64_t prime_bytes = 0;            ///< of kPrime
  double timeout_seconds = 60;              ///< the parent's, from spawn
  std::uint64_t memory_limit_bytes =
      0;  ///< anonymous memory at which the worker is stopped; 0: none
};

nlohmann::json ToJson(const TrialSpec& spec);

/// Errors: WORKER_SPEC (names the field).
Result<TrialSpec> TrialSpecFromJson(const nlohmann::json& json);

}  // namespace falsify::harness
