#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/trial/unique_fd.h"

namespace falsify::harness {

/// A cgroup 2 for one worker and all it starts, so that the kernel can kill all of them at once,
/// faster than a fork bomb grows. A second layer over ProcessTree, absent on many hosts. Never used
/// for two workers: some kernels kill whatever is cloned into a cgroup that was killed before.
class WorkerCgroup {
 public:
  WorkerCgroup(WorkerCgroup&&) = default;
  WorkerCgroup& operator=(WorkerCgroup&&) = delete;
  ~WorkerCgroup();

  int directory_fd() const { return directory_.get(); }

  /// SIGKILL to every member.
  void Kill() const;

 private:
  friend class CgroupHome;
  WorkerCgroup(std::string path, UniqueFd directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  UniqueFd directory_;  // locked while we live: that is how others know we are not dead
};

/// Where the cgroups of workers are made: below this process's own.
class CgroupHome {
 public:
  /// Removes what dead harnesses left there and kills its members. Without a cgroup 2, Make has
  /// nothing to offer.
  static CgroupHome Find();

  /// Nothing if there is no writable cgroup 2 with cgroup.kill (Linux 5.14).
  std::optional<WorkerCgroup> Make() const;

 private:
  explicit CgroupHome(std::string path) : path_(std::move(path)) {}

  std::string path_;  // empty: none
};

/// Pure: the cgroup 2 path in the text of /proc/self/cgroup (cgroups(7)); empty if there is none.
std::string_view ParseOwnCgroup(std::string_view text);

}  // namespace falsify::harness
