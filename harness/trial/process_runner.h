#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/trial/confinement.h"
#include "harness/trial/runner.h"
#include "harness/trial/scratch_directory.h"
#include "harness/trial/unique_fd.h"
#include "harness/trial/worker_cgroup.h"
#include "loaders/error.h"

namespace falsify::harness {

struct ProcessRunnerOptions {
  std::string executable = "/proc/self/exe";
  std::vector<std::string> arguments = {"worker"};  ///< after the program's name
  std::vector<std::string> pass_environment = {};   ///< names, besides those every worker gets
  std::vector<std::string> writable = {};           ///< folders, besides the scratch directory
  Sandbox sandbox = Sandbox::kContain;
};

/// Runs each trial in a fresh process of this very binary. Nothing a worker does can block, kill or
/// grow the harness, and nothing it starts outlives its trial, with one exception: what not even
/// SIGKILL ends is left behind and reported as `unkillable`.
///
/// A relative `model_path` is made absolute, since a worker runs in a private scratch directory; an
/// empty `nonce` is replaced by a random one. Memory is watched in the worker process only; what it
/// starts is held to a limit where the host has cgroups for it. `at_least` peaks are the whole
/// process's, its baseline included.
///
/// Run may be called from any thread; trials of one process never overlap. This process becomes a
/// child subreaper for the rest of its life.
class ProcessRunner : public TrialRunner {
 public:
  /// Errors: TRIAL_SPAWN (errno named).
  static Result<std::unique_ptr<ProcessRunner>> Open(ProcessRunnerOptions options);

  /// Errors besides those of TrialRunner: WORKER_SPEC, if no worker could read `spec` (out of
  /// range, a path that is not UTF-8).
  Result<Observation> Run(const TrialSpec& spec) override;

  /// Makes the present and every later Run return TRIAL_INTERRUPTED, at once but for killing the
  /// worker. Async-signal-safe: for handlers of SIGINT and SIGTERM.
  void RequestStop() noexcept;

  std::string Missing(const loaders::LoaderChoice& loader) const override;

  /// What keeps workers from doing harm, one line: "contain: own session, process tree, ..".
  std::string Protection() const;

 private:
  ProcessRunner(ProcessRunnerOptions options, ScratchDirectory scratch, UniqueFd stop);

  ProcessRunnerOptions options_;
  ScratchDirectory scratch_;
  UniqueFd stop_;  // an eventfd that is never read
  CgroupHome cgroups_;
  Confinement confinement_;
  std::vector<std::string> environment_;
};

}  // namespace falsify::harness
