#pragma once

#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "harness/experiment.h"
#include "harness/journal.h"

/// Test doubles: a run without processes, files or a clock.
namespace falsify::harness {

/// Time passes only when a trial, a probe or a wait takes it.
class ScriptedHost : public Host {
 public:
  double now = 0;
  /// How much slower probes are at a time of the run; trials take what the runner says.
  std::function<double(double)> slowness = [](double) { return 1.0; };
  std::uint64_t available_bytes = 20'000'000'000;
  std::string cold_problem;  ///< what keeps a file warm; empty: nothing
  std::string warm_problem;  ///< found after a warm trial
  std::vector<std::uint64_t> primed;
  std::vector<std::uint64_t> kept;
  std::vector<Cache> made;
  int probes = 0;
  bool has_probes = true;
  std::string identity = "same";

  double Now() override { return now; }
  void Sleep(double seconds) override { now += seconds; }
  Result<void> MakeCache(const std::string& path, Cache cache) override {
    made.push_back(cache);
    if (cache == Cache::kCold && !cold_problem.empty()) {
      return Fail({"METER_CACHE_NOT_COLD", path, cold_problem, {}});
    }
    return {};
  }
  std::string CheckStillWarm(const std::string&) override { return warm_problem; }
  Result<void> Prime(std::uint64_t bytes) override {
    primed.push_back(bytes);
    now += 1;
    return {};
  }
  void Keep(std::uint64_t bytes) override { kept.push_back(bytes); }
  void ProbeOn(const std::string&) override {}
  std::optional<double> Probe(std::string_view) override {
    if (!has_probes) return std::nullopt;
    ++probes;
    const double seconds = 0.005 * slowness(now);
    now += seconds;
    return seconds;
  }
  Result<std::string> FileIdentity(const std::string&) override { return identity; }
  std::uint64_t AvailableMemoryBytes() override { return available_bytes; }
};

/// Answers jobs about models itself; asks `trial` for trials.
class ScriptedRunner : public TrialRunner {
 public:
  std::function<Observation(const TrialSpec&)> trial;
  std::map<std::string, std::string> held;  ///< loader -> what it proves to hold, if not the model
  std::map<std::string, std::string> digest_of;   ///< path -> payload digest, if not "digest"
  std::map<std::string, std::string> matched_of;  ///< path -> matched digest, if not the payload's
  std::map<std::string, std::map<std::string, std::string>> vectors_of;  ///< path -> its vectors
  std::string missing_model;           ///< a path that cannot be opened
  std::uint64_t payload_bytes = 1000;  ///< of every model, two bytes an element
  int interrupt_at = -1;               ///< trial number at which the run is interrupted
  bool obeys_sabotage = true;          ///< as a worker does
  std::vector<TrialSpec> trials;

  explicit ScriptedRunner(ScriptedHost& host) : host_(host) {}

  Result<Observation> Run(const TrialSpec& spec) override {
    if (spec.job == Job::kInspect) return Inspected(spec);
    if (spec.job == Job::kProve) return Proven(spec);
    if (static_cast<int>(spec.number) == interrupt_at) {
      return Fail({"TRIAL_INTERRUPTED", "", "stopped", {}});
    }
    trials.push_back(spec);
    Observation seen = trial(spec);
    if (obeys_sabotage) Sabotaged(spec.sabotage, seen);
    host_.now += seen.wall_seconds;
    return seen;
  }

 private:
  static void Sabotaged(const Sabotage& sabotage, Observation& seen) {
    const auto add = [&](std::initializer_list<const char*> names) {
      for (const char* name : names) {
        const auto found = seen.measures.find(name);
        if (found != seen.measures.end()) found->second += sabotage.amount;
      }
    };
    switch (sabotage.kind) {
      case Sabotage::Kind::kDelay:
        add({"ttft", "load_time", "ready_time"});
        seen.wall_seconds += sabotage.amount;
        return;
      case Sabotage::Kind::kBallast:
        return add({"peak_rss", "peak_anon", "peak_pss", "rss_after_load"});
      case Sabotage::Kind::kFlipByte:
        seen.digests["payload"] = "flipped";
        return;
      case Sabotage::Kind::kNegateOutput:
        seen.digests["first_token"] = "negated";
        return;
      case Sabotage::Kind::kKeepOutput:
        seen.measures["tensors_ignored"] = seen.measures["tensors_disturbed"];
        return;
      case Sabotage::Kind::kMisalign:
        seen.measures["alignment"] = 1;
        return;
      case Sabotage::Kind::kAccept:
        seen.measures["malformed_refused"] -= 1;
        return;
      case Sabotage::Kind::kLeak:
        for (std::size_t i = 0; i < seen.series["rss"].size(); ++i) {
          seen.series["rss"][i] += sabotage.amount * static_cast<double>(i);
        }
        return;
      default:
        return;
    }
  }
  Observation Inspected(const TrialSpec& spec) {
    Observation seen;
    if (spec.model_path == missing_model) {
      seen.outcome = Outcome::kRefused;
      seen.error = Error{"IO_OPEN", spec.model_path, "cannot open: No such file or directory", {}};
      return seen;
    }
    ModelFacts facts;
    facts.format = "safetensors";
    facts.dtypes = {{"BF16", payload_bytes}};
    facts.file_bytes = payload_bytes + 100;
    facts.payload_bytes = payload_bytes;
    facts.tensors = 3;
    facts.elements = payload_bytes / 2;
    facts.files = {spec.model_path};
    seen.facts = facts;
    return seen;
  }
  Observation Proven(const TrialSpec& spec) {
    Observation seen;
    const auto path = digest_of.find(spec.model_path);
    const auto loader = held.find(spec.loader.name);
    seen.digests["payload"] = loader != held.end()      ? loader->second
                              : path != digest_of.end() ? path->second
                                                        : "digest";
    const auto matched = matched_of.find(spec.model_path);
    seen.digests["matched"] =
        matched != matched_of.end() ? matched->second : seen.digests["payload"];
    if (const auto found = vectors_of.find(spec.model_path); found != vectors_of.end()) {
      seen.vectors = found->second;
    }
    return seen;
  }

  ScriptedHost& host_;
};

/// A trial that ended well and took `seconds`.
inline Observation Took(double seconds) {
  Observation seen;
  seen.measures = {{"ttft", seconds},
                   {"load_time", seconds},
                   {"peak_anon", 100.0},
                   {"storage_bytes", 1000.0},
                   {"peak_rss", 1000.0}};
  seen.phases = {{"open", seconds}};
  seen.total_seconds = seconds;
  seen.wall_seconds = seconds;
  return seen;
}

inline Observation TimedOutAfter(double seconds) {
  Observation seen;
  seen.outcome = Outcome::kTimeout;
  seen.at_least = {{"elapsed", seconds}, {"peak_anon", 50.0}};
  seen.wall_seconds = seconds;
  seen.cause = "timeout";
  return seen;
}

inline Observation Crashed() {
  Observation seen;
  seen.outcome = Outcome::kCrash;
  seen.signal = 11;
  seen.cause = "killed by SIGSEGV";
  return seen;
}

/// A study of one model and subjects whose loaders carry their own names.
inline Study StudyOf(const std::vector<std::string>& subjects) {
  Study study;
  study.id = "T";
  study.title = "a test";
  study.path = "t.yaml";
  study.sha256 = "00";
  study.models = {{"m", std::string("/m"), {}}};
  for (const std::string& name : subjects) {
    study.subjects.push_back({name, {name, {}}, "m", {}});
  }
  return study;
}

/// "`subject` reaches its first token below 2 s", warm.
inline Hypothesis TtftBelowTwo(const std::string& id, const std::string& subject) {
  Hypothesis h;
  h.id = id;
  h.claim = "it is fast";
  h.subject = subject;
  h.measure = "ttft";
  h.workload.kind = "first_token";
  h.predict.threshold = 2.0;
  h.predict.threshold_text = "2 s";
  h.watch_seconds = 0;
  return h;
}

/// "`subject` keeps the invariant `measure`", warm.
inline Hypothesis Keeps(const std::string& id, const std::string& subject,
                        const std::string& measure, const std::string& workload) {
  Hypothesis h = TtftBelowTwo(id, subject);
  h.measure = measure;
  h.workload = {};
  h.workload.kind = workload;
  h.predict = {};
  h.predict.kind = Prediction::Kind::kHolds;
  return h;
}

/// One run with its journal in a folder of its own.
class ScriptedRun : public ::testing::Test {
 protected:
  ScriptedRun() : runner(host) {}
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::path(::testing::TempDir()) /
             (std::string("falsify-") + test->test_suite_name() + "-" + test->name());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string JournalPath() const { return (folder / "journal.jsonl").string(); }

  /// Runs the study, on a fresh journal or on what an earlier run of this test left.
  Result<Record> Run(const Study& study, const RunOptions& options, bool resume = false) {
    std::vector<JournalEntry> recorded;
    Result<Journal> journal =
        resume ? Journal::Open(JournalPath(), recorded) : Journal::Create(JournalPath());
    if (!journal) return Fail(journal.error());
    JournalSteps steps(*journal, std::move(recorded), host);
    NobodyWatches listener;
    return RunStudy(
        study, options,
        {host, runner, steps, listener,
         [](const ModelSpec& model, const std::optional<ModelSize>& size) -> Result<ModelFile> {
           const std::string suffix = size ? "@" + std::to_string(size->value) : std::string();
           return ModelFile{std::get<std::string>(model.origin) + suffix, {}};
         },
         [](const std::string&) -> Result<std::vector<std::string>> {
           return std::vector<std::string>{"/malformed"};
         }});
  }

  ScriptedHost host;
  ScriptedRunner runner;
  std::filesystem::path folder;
};

}  // namespace falsify::harness
