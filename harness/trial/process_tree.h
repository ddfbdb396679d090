#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <sys/types.h>
#include <tuple>
#include <vector>

#include "loaders/error.h"

namespace falsify::harness {

/// One process, told apart from a later one that was given the same pid.
struct ProcessId {
  pid_t pid = -1;
  std::uint64_t start_ticks = 0;

  friend bool operator<(const ProcessId& a, const ProcessId& b) {
    return std::tie(a.pid, a.start_ticks) < std::tie(b.pid, b.start_ticks);
  }
};

struct ProcessStat {
  ProcessId id;
  pid_t session = -1;
};

/// Pure: from the text of /proc/PID/stat (proc(5)), whose second field may hold anything. Nothing
/// if it is malformed.
std::optional<ProcessStat> ParseProcessStat(std::string_view stat);

/// Every process this one would have to reap, from /proc/self/task/*/children.
std::vector<ProcessStat> Children();

/// What a worker leaves behind: everything it started, however often it forked and whatever session
/// it moved to, becomes our child once its own parents are gone.
///
/// Made before the worker is spawned. A stray is a child of ours that was not there then, is not
/// the worker and is not in our session: a worker leads its own, and what descends from it can only
/// open further ones. So processes of ours that have nothing to do with the worker are left alone,
/// unless another thread started one *in a session of its own* during the trial.
class ProcessTree {
 public:
  /// Makes this process adopt orphaned descendants, for the rest of its life, and undoes an
  /// inherited SIG_IGN of SIGCHLD, under which the kernel would reap them behind our back.
  /// Errors: TRIAL_SPAWN (errno named).
  static Result<ProcessTree> Watch();

  /// Sends SIGKILL to every stray, reaps those that are dead, and returns all it found. Call again
  /// until it finds none: the children of one that died meanwhile may have become ours unseen.
  std::vector<pid_t> KillStrays(pid_t worker) const;

 private:
  explicit ProcessTree(std::set<ProcessId> before) : before_(std::move(before)) {}

  std::set<ProcessId> before_;
};

}  // namespace falsify::harness
