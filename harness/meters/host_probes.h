#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/meters/anonymous_memory.h"
#include "harness/meters/host_work.h"
#include "loaders/error.h"

namespace falsify::harness {

/// A small fixed piece of work whose time tells how fast the host is at this moment. A block of
/// trials whose probes got slower was disturbed.
enum class ProbeKind {
  kDevice,         ///< 512 MiB of a model file past the page cache
  kPageCacheCopy,  ///< 64 MiB of a scratch file out of the page cache into a reused 1 MiB
  kMemoryRead,     ///< 256 MiB of touched memory, more than a shared cache's usual share
  kAnonymousTouch  ///< 16 MiB of fresh memory in base pages
};
std::string_view Name(ProbeKind kind);  ///< "device", "page_cache_copy", ...

struct ProbeSetting {
  std::string scratch_directory;  ///< on the file system of the models
  std::string model_path;         ///< a file to read for kDevice; empty: no such probe
};

/// Prepared once; holds 256 MiB of memory and 64 MiB of disk space while it lives. One thread.
class HostProbes {
 public:
  /// Errors: METER_MEMORY, METER_SCRATCH.
  static Result<HostProbes> Prepare(const ProbeSetting& setting);

  /// Seconds that one pass of the work took: the mean of as many passes as fill 5 ms, of the device
  /// 0.1 s, so figures of one kind can be compared across runs on one host. Errors: METER_READ,
  /// METER_MEMORY and others of the work; METER_PROBE_UNAVAILABLE with the reason, if this kind is
  /// not possible here.
  Result<double> Run(ProbeKind kind);

 private:
  HostProbes(AnonymousMemory memory, ScratchFile scratch, Result<DirectSlice> device);
  Result<double> Pass(ProbeKind kind);

  AnonymousMemory memory_;
  ScratchFile scratch_;
  Result<DirectSlice> device_;
};

}  // namespace falsify::harness
