#pragma once

#include <map>
#include <optional>
#include <string>

#include "harness/host.h"
#include "harness/meters/host_probes.h"
#include "harness/trial/memory_keeper.h"
#include "harness/trial/runner.h"

namespace falsify::harness {

/// The machine this runs on. Guest memory is primed and kept in processes of their own, so that a
/// host which is short of memory kills those and not us.
class RealHost : public Host {
 public:
  explicit RealHost(TrialRunner& runner);

  double Now() override;
  void Sleep(double seconds) override;
  Result<void> MakeCache(const std::string& path, Cache cache) override;
  std::string CheckStillWarm(const std::string& path) override;
  Result<void> Prime(std::uint64_t bytes) override;
  void Keep(std::uint64_t bytes) override;
  void ProbeOn(const std::string& model_path) override;
  std::optional<double> Probe(std::string_view kind) override;
  Result<std::string> FileIdentity(const std::string& path) override;
  std::uint64_t AvailableMemoryBytes() override;

  /// Why a kind of probe cannot be taken here, by kind.
  const std::map<std::string, std::string>& probe_problems() const { return probe_problems_; }

 private:
  TrialRunner& runner_;
  MemoryKeeper keeper_;
  double started_;
  std::string probe_path_;
  std::optional<HostProbes> probes_;
  std::map<std::string, std::string> probe_problems_;
};

}  // namespace falsify::harness
