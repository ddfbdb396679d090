#include "harness/cli/job.h"

#include <filesystem>

#include "harness/trial/process_runner.h"

namespace falsify::cli {
namespace {

// Gigabytes from a slow device.
constexpr double kVerifySeconds = 3600;

}  // namespace

Result<harness::ModelFacts> InspectInWorker(const std::string& path, Inspection inspection) {
  std::error_code failed;
  harness::TrialSpec spec;
  const bool verify = inspection == Inspection::kVerify;
  spec.job = verify ? harness::Job::kVerify : harness::Job::kInspect;
  if (verify) spec.timeout_seconds = kVerifySeconds;
  spec.nonce = "inspect";
  spec.model_path = std::filesystem::absolute(path, failed).string();
  spec.loader.name = "mmap";
  const auto runner = harness::ProcessRunner::Open({});
  if (!runner) return Fail(runner.error());
  Result<harness::Observation> seen = (*runner)->Run(spec);
  if (!seen) return Fail(seen.error());
  if (seen->facts) return *seen->facts;
  if (seen->error) return Fail(*seen->error);
  return Fail({.code = "WORKER_FAILED", .where = path, .what = seen->cause, .hint = {}});
}

}  // namespace falsify::cli
