#pragma once

#include <string>
#include <vector>

#include "harness/trial/unique_fd.h"

namespace falsify::harness {

/// What workers and all they start are kept from by Landlock (Linux 5.13), whoever runs them:
/// writing, creating or removing files outside of some folders, /dev and /proc (in /dev/shm they
/// may); from Linux 6.12 on also signals to, and abstract sockets of, processes that are not
/// theirs. It acts when a file is opened, so that it costs a trial nothing where it is measured.
class Fence {
 public:
  /// Without Landlock, or a folder that is not there, there is none: no descriptor.
  static Fence Make(const std::vector<std::string>& writable_folders);

  /// For landlock_restrict_self(2); -1: none.
  int descriptor() const { return ruleset_.get(); }

  /// "files and signals", "files", "files, but not their truncation", or "none".
  const std::string& keeps_from() const { return keeps_from_; }

 private:
  UniqueFd ruleset_;
  std::string keeps_from_ = "none";
};

}  // namespace falsify::harness
