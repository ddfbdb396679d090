#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/study/study.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Below this a loader's heap is served from memory the guest already owns.
inline constexpr std::uint64_t kPrimeAboveBytes = std::uint64_t{256} << 20;

/// What an experiment does to the machine besides running trials. The real one is RealHost; tests
/// script one, so that gates, drift and lost page cache are tested in virtual time.
class Host {
 public:
  virtual ~Host() = default;

  /// Seconds on a steady clock since the host was made.
  virtual double Now() = 0;
  virtual void Sleep(double seconds) = 0;

  /// Brings the file into the wanted page-cache state and verifies it. Errors: METER_CACHE_*.
  virtual Result<void> MakeCache(const std::string& path, Cache cache) = 0;

  /// Empty if all but a thousandth of the file is still cached; otherwise what was found, one line.
  virtual std::string CheckStillWarm(const std::string& path) = 0;

  /// Makes the guest own `bytes` of free memory (measuring pitfall 14). Errors: METER_MEMORY.
  virtual Result<void> Prime(std::uint64_t bytes) = 0;

  /// Holds that much memory until the next Prime, so that the guest goes on owning it. Best effort:
  /// less, or nothing, where others may need the memory.
  virtual void Keep(std::uint64_t bytes) = 0;

  /// Says which model file, and so which device, the probes from now on are about.
  virtual void ProbeOn(const std::string& model_path) = 0;

  /// Seconds one host probe took; empty if that kind cannot be taken here.
  virtual std::optional<double> Probe(std::string_view kind) = 0;

  /// Changes whenever the file is written, replaced or resized. Errors: IO_OPEN.
  virtual Result<std::string> FileIdentity(const std::string& path) = 0;

  /// What a trial may take, once it is primed for.
  virtual std::uint64_t AvailableMemoryBytes() = 0;
};

}  // namespace falsify::harness
