#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/trial/cgroup_folder.h"
#include "harness/trial/unique_fd.h"

namespace falsify::harness {

/// The cgroups of one worker and all it starts: a cgroup 2, by which the kernel can kill all of
/// them at once, faster than a fork bomb grows, and a limit on the memory that they hold together,
/// by the same cgroup or by one of version 1. A second layer over ProcessTree; either part, or
/// both, is absent on many hosts.
class WorkerCgroup {
 public:
  /// The cgroup 2 to start in; -1: none.
  int directory_fd() const { return all_ ? all_->descriptor() : -1; }

  /// Where a process writes "0" to come under the memory limit, if starting in directory_fd() does
  /// not bring it there; -1: no need.
  int memory_procs_fd() const { return join_.get(); }

  bool kills() const { return all_.has_value(); }
  bool limits_memory() const { return limits_memory_; }

  /// SIGKILL to every member of the cgroup 2.
  void Kill() const;

 private:
  friend class CgroupHome;
  WorkerCgroup() = default;

  std::optional<CgroupFolder> all_;
  std::optional<CgroupFolder> memory_;  // of version 1
  UniqueFd join_;
  bool limits_memory_ = false;
};

/// Where the cgroups of workers are made: below this process's own.
class CgroupHome {
 public:
  /// Removes what dead harnesses left there and kills its members. Without a writable cgroup, Make
  /// makes nothing.
  static CgroupHome Find();

  /// What this host has to offer: a cgroup 2 if it has cgroup.kill (Linux 5.14), and a limit of
  /// `memory_bytes`, page cache that its members fill included; 0: none.
  WorkerCgroup Make(std::uint64_t memory_bytes) const;

 private:
  std::string path_;         // of cgroup 2; empty: none
  std::string memory_path_;  // of the memory controller of version 1; empty: none
};

/// Pure: this process's cgroup in the text of /proc/self/cgroup (cgroups(7)): of version 2, or of
/// the version 1 hierarchy with `controller`. Empty if there is none.
std::string_view ParseOwnCgroup(std::string_view text, std::string_view controller = {});

}  // namespace falsify::harness
