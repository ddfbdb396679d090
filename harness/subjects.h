#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/host.h"
#include "harness/record.h"
#include "harness/steps.h"
#include "harness/study/study.h"
#include "harness/trial/runner.h"
#include "harness/trial_step.h"
#include "loaders/error.h"

namespace falsify::harness {

/// One point of a sweep.
struct ModelSize {
  Sweep::Over over = Sweep::Over::kPayload;
  std::uint64_t value = 0;  ///< bytes of payload, or tensors
};

/// "16 MiB", "1000 tensors".
std::string Describe(const ModelSize& size);

struct ModelFile {
  std::string path;
  std::string generated;  ///< how; empty for a given path
  bool sparse = false;    ///< its weights are a hole in the file: no bytes to prove or to cache
};

/// Makes or finds the file behind a model, in a size other than its own where one is given: `cli`
/// passes in the one that can generate.
using ResolveModel =
    std::function<Result<ModelFile>(const ModelSpec&, const std::optional<ModelSize>&)>;

/// The malformed files that every loader of this format should refuse.
using ResolveMalformed = std::function<Result<std::vector<std::string>>(const std::string& format)>;

/// A subject with its model looked into and its loader's bytes proven.
struct PreparedSubject {
  SubjectRecord record;
  TrialTarget target;
  std::uint64_t largest_tensor_bytes = 0;
  bool sparse = false;
  std::string invalid;      ///< why no test of this subject can hold (cannot work here)
  std::string wrong_bytes;  ///< why no claim but one about the bytes can: it does not hold them
  std::string error;        ///< why it cannot be run at all
};

/// Inspects each model the subjects use (in a worker) and proves what each loader holds by digest.
/// A model that is missing or malformed is an Error: no trial could run. A loader that cannot
/// deliver the bytes is a property of the subject, not an Error.
class SubjectPreparer {
 public:
  SubjectPreparer(const Study& study, ResolveModel resolve, Steps& steps, Host& host,
                  TrialRunner& runner);

  Result<PreparedSubject> Prepare(const SubjectSpec& subject,
                                  const std::optional<ModelSize>& size = std::nullopt);

  /// The first token that the mapped model gives: what others are held against.
  /// Errors: that of the model (no architecture, weights the decoder cannot run).
  Result<std::string> ReferenceToken(const SubjectSpec& subject, const WorkloadSpec& workload);

 private:
  struct Looked {
    ModelRecord record;
    std::uint64_t largest_tensor_bytes = 0;
    bool sparse = false;
  };
  Result<const Looked*> Look(const std::string& model_name, const std::optional<ModelSize>& size);
  Result<void> ProveSubject(const Looked& looked, const SubjectSpec& subject,
                            PreparedSubject& prepared);
  double ProofSeconds(const SubjectSpec& subject) const;
  Result<ModelFacts> Inspect(const std::string& path);
  Result<Observation> ProvePrimed(const TrialTarget& target, double timeout_seconds);
  Result<Observation> RunJob(Job job, const TrialTarget& target, double timeout_seconds);

  const Study& study_;
  ResolveModel resolve_;
  Steps& steps_;
  Host& host_;
  TrialRunner& runner_;
  std::map<std::string, Looked> models_;
};

/// "pread(chunk=16 MiB, threads=2)".
std::string Describe(const loaders::LoaderChoice& loader);

}  // namespace falsify::harness
