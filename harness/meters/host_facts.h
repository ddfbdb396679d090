#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace falsify::harness {

/// What of a record's `environment` the host itself can tell. A fact that this host does not have
/// or does not show is missing from the map, never made up. Keys:
///   host, kernel, cpu, cores (that this process may use), memory_bytes, swap_bytes, virtualised
///   ("yes" or "no", x86 only), transparent_huge_pages, cpu_governor (of CPU 0);
///   of the file system that holds `path`: filesystem ("ext4"), device ("/dev/vda"),
///   read_ahead_kb; of the file `path` itself: page_cache_control ("cachestat, per-file eviction",
///   or "none: " and the reason).
std::map<std::string, std::string> ReadHostFacts(const std::string& path);

/// Of the text of /proc/cpuinfo.
struct CpuFacts {
  std::string model;                ///< empty where the architecture has no such line
  std::optional<bool> virtualised;  ///< the hypervisor flag; absent where there are no flags
};
CpuFacts ParseCpuinfo(std::string_view cpuinfo);

/// The choice in brackets of "always [madvise] never"; empty if there is none.
std::string_view ParseBracketed(std::string_view choices);

/// One mount of /proc/self/mountinfo (proc(5)).
struct Mount {
  std::string point;
  std::string device_number;  ///< "254:0"
  std::string type;           ///< "ext4"
  std::string source;         ///< "/dev/vda"
};

/// The mount that an absolute path without symbolic links lies on; malformed lines are passed over.
std::optional<Mount> FindMount(std::string_view mountinfo, std::string_view path);

}  // namespace falsify::harness
