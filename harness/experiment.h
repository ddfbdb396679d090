#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/host.h"
#include "harness/record.h"
#include "harness/steps.h"
#include "harness/study/study.h"
#include "harness/subjects.h"
#include "harness/trial/runner.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Whether a PASS has to wait until the same test was seen to fail.
enum class Prove { kYes, kNo };

struct RunOptions {
  std::uint64_t seed = 0;
  std::optional<double> max_seconds = {};  ///< wall time after which undecided hypotheses end so
  std::vector<std::string> only = {};      ///< hypothesis ids; empty: all
  Prove prove = Prove::kYes;
  double noise_floor_seconds = 0;  ///< what a loader that does nothing may take; 0: not known
};

/// What a run tells whoever watches it. Nothing of it decides anything.
struct Progress {
  std::string stage;       ///< "models", "burn-in", "block", "control", "watch"
  std::string hypothesis;  ///< empty outside blocks and controls
  std::uint64_t trials = 0;
  int decided = 0;
  int hypotheses = 0;
  std::string unit;
  EstimateRecord estimate;
  StreamRecord falsify;
  StreamRecord corroborate;
  std::optional<double> seconds_left = {};  ///< probably, proofs included; not before a block ran
};

class RunListener {
 public:
  virtual ~RunListener() = default;
  virtual void OnProgress(const Progress& progress) = 0;
};

class NobodyWatches : public RunListener {
 public:
  void OnProgress(const Progress&) override {}
};

/// Everything a run acts through; all of it outlives the run.
struct RunContext {
  Host& host;
  TrialRunner& runner;
  Steps& steps;
  RunListener& listener;
  ResolveModel resolve;
  ResolveMalformed malformed = {};  ///< empty: nothing may claim rejects_malformed
};

/// Runs a study until every hypothesis is decided or its budget is spent, and judges it. The record
/// lacks what only the caller knows: environment, limits, command, tool version.
/// Errors: a model that cannot be read, JOURNAL_*, TRIAL_*, RUN_ONLY (unknown id in `only`).
Result<Record> RunStudy(const Study& study, const RunOptions& options, RunContext context);

}  // namespace falsify::harness
