#pragma once

#include <sys/types.h>

#include "harness/trial/unique_fd.h"
#include "loaders/error.h"

namespace falsify::harness {

/// A PID namespace (pid_namespaces(7)) with an init that does nothing: who is started in it sees no
/// process outside and none of ours to signal, and all in it end with the init, also where this
/// process is killed. Needs CAP_SYS_ADMIN.
class PidSpace {
 public:
  /// Errors: TRIAL_SPAWN (errno named).
  static Result<PidSpace> Make();

  PidSpace(PidSpace&& other) noexcept;
  PidSpace& operator=(PidSpace&&) = delete;

  /// Ends everything in it, and waits for that, but no longer than 5 s.
  ~PidSpace();

  /// What the calling thread starts from now on is in it, until Leave. Errors: TRIAL_SPAWN.
  Result<void> Enter() const;
  Result<void> Leave() const;

 private:
  PidSpace(pid_t init, UniqueFd pidfd, UniqueFd lifeline, UniqueFd ours);

  pid_t init_ = -1;
  UniqueFd pidfd_;
  UniqueFd lifeline_;  // the init ends when nobody holds this any more
  UniqueFd ours_;      // the namespace that this process starts others in
};

}  // namespace falsify::harness
