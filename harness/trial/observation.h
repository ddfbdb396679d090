#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/sources/source.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// How a trial ended.
enum class Outcome {
  kOk,
  kTimeout,      ///< stopped by us at its timeout: every time is "at least this long"
  kCrash,        ///< signal, non-zero exit, or no valid answer
  kRefused,      ///< the loader said no, with a reason
  kOom,          ///< killed for memory, by the kernel or by our limit
  kUnavailable,  ///< this loader cannot work on this host
};
std::string_view Name(Outcome outcome);  ///< "ok", "timeout", ...

struct Phase {
  std::string name;
  double seconds = 0;
};

/// What a worker found in a model file (Job::kInspect).
struct ModelFacts {
  std::string format;
  std::map<std::string, std::uint64_t> dtypes;  ///< dtype -> payload bytes
  std::uint64_t file_bytes = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;  ///< the parameter count
  std::uint64_t largest_tensor_bytes = 0;
  std::string architecture;    ///< empty if there is no usable config
  std::string config_problem;  ///< why not, one line; empty if there is one
  std::vector<std::string> findings;
  std::vector<std::string> files;  ///< that hold its tensors, in order
  std::string payload_digest;      ///< of kVerify; empty if it was not read
};

/// What one trial yields: what the worker reported, and what its parent saw.
/// A measure that could not be taken is absent, never 0 and never NaN.
struct Observation {
  Outcome outcome = Outcome::kOk;
  std::map<std::string, double> measures;  ///< SI base units
  std::vector<Phase> phases;               ///< in order; their sum is `total_seconds` within 2 %
  double total_seconds = 0;                ///< before open(2) to the workload's end
  std::map<std::string, std::string> digests;  ///< "payload", "matched", "first_token", "logits"
  std::map<std::string, std::vector<double>> series;  ///< of soak: what is held after each cycle
  std::map<std::string, std::string> vectors;  ///< of kProve: canonical name -> dtype, below 2-D
  std::optional<loaders::LoadReport> load;
  std::optional<Error> error;       ///< of a refused trial
  std::optional<ModelFacts> facts;  ///< of kInspect

  // The parent's part.
  double wall_seconds = 0;   ///< before spawn to reaped
  double spawn_seconds = 0;  ///< before spawn to the worker's first instruction of main
  int exit_code = -1;        ///< -1 if signalled
  int signal = 0;
  std::string cause;                       ///< one line for everything but kOk
  std::string stderr_tail;                 ///< valid UTF-8, at most 4 KiB
  std::map<std::string, double> at_least;  ///< timeout or oom: lower bounds, e.g. peak_anon so far
  bool unkillable = false;                 ///< left behind in state D
};

nlohmann::json ToJson(const Observation& observation);

/// Errors: OBSERVATION_FIELD (missing or of the wrong type).
Result<Observation> ObservationFromJson(const nlohmann::json& json);

}  // namespace falsify::harness
