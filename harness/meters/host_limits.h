#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loaders/error.h"

namespace falsify::harness {

/// How fast this host is at one thing at best: what a loader's figure is compared with.
struct HostLimit {
  std::string name;             ///< "memory_read", ...
  std::string definition;       ///< what was done, how much of it and by how many threads
  std::string unit;             ///< "B/s" or "s"
  std::optional<double> value;  ///< absent if it could not be taken
  std::string absent_because;   ///< one line; empty if there is a value
};

struct LimitSetting {
  unsigned threads = 1;           ///< of memory_read, as many as the loaders compared with it use
  std::string scratch_directory;  ///< on the file system of the models
  std::string model_path;         ///< a file to read for `device`; may be empty
};

/// Takes memory_read, memcpy, page_cache_copy, device and anonymous_touch, in this order, each as
/// the best of several passes over at least as much as a probe handles. Needs a few seconds, up to
/// 512 MiB of memory (never more than a quarter of what is available) and 256 MiB of disk space,
/// and gives all back. What fails is absent with its reason; nothing fails the others.
std::vector<HostLimit> MeasureHostLimits(const LimitSetting& setting);

}  // namespace falsify::harness
