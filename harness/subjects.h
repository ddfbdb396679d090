#pragma once

#include <functional>
#include <map>
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

/// Makes or finds the file behind a model: `cli` passes in the one that can generate. The second
/// string says how it was made, or is empty for a given path.
struct ModelFile {
  std::string path;
  std::string generated;
};
using ResolveModel = std::function<Result<ModelFile>(const ModelSpec&)>;

/// A subject with its model looked into and its loader's bytes proven.
struct PreparedSubject {
  SubjectRecord record;
  TrialTarget target;
  std::uint64_t largest_tensor_bytes = 0;
  std::string invalid;  ///< why no test of this subject can hold (wrong bytes, cannot work here)
  std::string error;    ///< why it cannot be run at all
};

/// Inspects each model the subjects use (in a worker) and proves what each loader holds by digest.
/// A model that is missing or malformed is an Error: no trial could run. A loader that cannot
/// deliver the bytes is a property of the subject, not an Error.
class SubjectPreparer {
 public:
  SubjectPreparer(const Study& study, ResolveModel resolve, Steps& steps, Host& host,
                  TrialRunner& runner);

  Result<PreparedSubject> Prepare(const SubjectSpec& subject);

 private:
  struct Looked {
    ModelRecord record;
    std::uint64_t largest_tensor_bytes = 0;
  };
  Result<const Looked*> Look(const std::string& model_name);
  Result<ModelFacts> Inspect(const std::string& path);
  Result<Observation> Prove(const loaders::LoaderChoice& loader, const std::string& path);
  Result<Observation> ProvePrimed(const TrialTarget& target);
  Result<Observation> RunJob(Job job, const loaders::LoaderChoice& loader, const std::string& path);

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
