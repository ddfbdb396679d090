#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/trial/scratch_directory.h"
#include "harness/trial/spawn.h"
#include "harness/trial/unique_fd.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Keeps anonymous memory between trials in a process of its own, so that a host cannot take back
/// what the next trial will need: fetching 12 GB again costs ten seconds and more, and disturbs
/// disk and memory for half a minute. A process, because memory of ours would make us the kernel's
/// choice when memory runs out; it is that choice instead. Ends with us, however we end.
class MemoryKeeper {
 public:
  /// `executable` is run with `arguments` and must call `KeepMemory`.
  explicit MemoryKeeper(std::string executable = "/proc/self/exe",
                        std::vector<std::string> arguments = {"memory-keeper"});
  MemoryKeeper(const MemoryKeeper&) = delete;
  MemoryKeeper& operator=(const MemoryKeeper&) = delete;
  ~MemoryKeeper();

  /// Holds `bytes`, rounded up to whole slices, once it returns. A keeper that died is replaced.
  /// Errors: TRIAL_SPAWN; METER_MEMORY if that much cannot be had: it then holds what it did.
  Result<void> Hold(std::uint64_t bytes);

  std::uint64_t held_bytes() const { return held_bytes_; }

 private:
  Result<void> Start();
  void Stop();
  Result<void> Ask(std::uint64_t bytes);

  std::string executable_;
  std::vector<std::string> arguments_;
  Spawned keeper_;
  UniqueFd orders_;
  UniqueFd answers_;
  std::uint64_t held_bytes_ = 0;
};

/// The keeper's side, to be called by its main: reads how many bytes to hold from descriptor 0,
/// answers on descriptor 3 with how many it holds, until there are no more orders.
int KeepMemory();

}  // namespace falsify::harness
