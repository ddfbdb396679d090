#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <signal.h>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "harness/trial/process_runner.h"
#include "harness/trial/scratch_directory.h"

namespace falsify::harness {

inline constexpr double kSlowestHost =
    60;  // seconds a well-behaved worker may take; no test reaches it

inline bool Exists(pid_t pid) { return kill(pid, 0) == 0; }

// Polls, for what another process does in its own time. False if it did not within a minute.
inline bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Runs trial_test_worker, which does what the loader's name in the spec says.
class ProcessRunnerTest : public testing::Test {
 protected:
  ProcessRunnerTest() : directory_(*ScratchDirectory::Make()), runner_(Open()) {}

  std::unique_ptr<ProcessRunner> Open(Sandbox sandbox = Sandbox::kContain) const {
    auto runner = ProcessRunner::Open({.executable = TRIAL_TEST_WORKER,
                                       .arguments = {"--as", "worker"},
                                       .pass_environment = {"FALSIFY_TEST_PASSED"},
                                       .writable = {directory_.path().string()},
                                       .sandbox = sandbox});
    EXPECT_TRUE(runner);
    return *std::move(runner);
  }

  TrialSpec Spec(const std::string& behaviour, std::map<std::string, std::string> options = {}) {
    TrialSpec spec;
    spec.number = 7;
    spec.loader = {.name = behaviour, .options = std::move(options)};
    spec.loader.options.emplace("pids", pids_file().string());
    spec.timeout_seconds = kSlowestHost;
    return spec;
  }

  TrialSpec Impatient(const std::string& behaviour) {
    TrialSpec spec = Spec(behaviour);
    spec.timeout_seconds = 0.3;
    return spec;
  }

  Observation Run(const TrialSpec& spec) {
    auto observation = runner_->Run(spec);
    EXPECT_TRUE(observation) << observation.error().Line();
    return observation ? *observation : Observation{};
  }
  Observation Run(const std::string& behaviour) { return Run(Spec(behaviour)); }

  std::filesystem::path pids_file() const { return directory_.path() / "pids"; }

  // Of every process that a worker noted.
  std::vector<pid_t> Pids() const {
    std::vector<pid_t> pids;
    std::ifstream file(pids_file());
    for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
    return pids;
  }

  ScratchDirectory directory_;
  std::unique_ptr<ProcessRunner> runner_;
};

}  // namespace falsify::harness
