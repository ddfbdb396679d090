#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/trial/unique_fd.h"

namespace falsify::harness {

/// What a fence leaves open. A path stands for all below it.
struct FenceRules {
  std::vector<std::string> writable = {};  ///< folders that are there; they may be read as well
  bool limits_reading = false;
  std::vector<std::string> readable = {};  ///< those that are not there are passed over
  bool tcp = true;                         ///< may bind and connect
};

/// What workers and all they start are kept from by Landlock (Linux 5.13), whoever runs them:
/// writing, creating or removing files outside of some folders, /dev and /proc (in /dev/shm they
/// may); reading and executing, where the rules limit it; from Linux 6.7 on TCP, where they forbid
/// it; from Linux 6.12 on also signals to, and abstract sockets of, processes that are not theirs.
/// It acts when a file is opened, so that it costs a trial nothing where it is measured.
class Fence {
 public:
  /// Without Landlock, or a writable folder that is not there, there is none: no descriptor.
  static Fence Make(const FenceRules& rules);

  /// For landlock_restrict_self(2); -1: none.
  int descriptor() const { return ruleset_.get(); }

  /// "files and signals", "files", "files, but not their truncation", or "none".
  const std::string& keeps_from() const { return keeps_from_; }

  /// What the rules allow in /proc, for landlock_add_rule(2) where another /proc is mounted.
  std::uint64_t proc_access() const { return proc_access_; }

  /// Whether a rule against TCP is enforced.
  bool keeps_from_tcp() const { return keeps_from_tcp_; }

 private:
  UniqueFd ruleset_;
  std::string keeps_from_ = "none";
  std::uint64_t proc_access_ = 0;
  bool keeps_from_tcp_ = false;
};

}  // namespace falsify::harness
