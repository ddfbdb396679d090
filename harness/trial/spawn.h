#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "harness/trial/limits.h"
#include "harness/trial/pid_space.h"
#include "harness/trial/unique_fd.h"
#include "loaders/error.h"

namespace falsify::harness {

/// How a worker process starts.
struct SpawnPlan {
  std::string executable;
  std::vector<std::string> arguments;    ///< argv, the program's name first
  std::vector<std::string> environment;  ///< NAME=value
  std::string directory;
  std::array<int, 4> descriptors{};  ///< become 0, 1, 2 and 3; each at least kLowestFd
  WorkerLimits limits;
  int cgroup = -1;          ///< directory of a cgroup 2 to start in; -1: none
  int memory_procs = -1;    ///< cgroup.procs of a memory cgroup to join; -1: none
  bool limit_data = false;  ///< limits.memory_bytes by RLIMIT_DATA, there being no cgroup for it
  int fence = -1;           ///< a Landlock ruleset to live under; -1: none
  std::uint64_t proc_access = 0;        ///< what it allows in /proc
  bool own_network = false;             ///< a network namespace with nothing but loopback in it
  const PidSpace* processes = nullptr;  ///< where it starts, with a /proc of its own; null: here
};

/// A running worker: leader of a session and process group of its own.
struct Spawned {
  pid_t pid = -1;
  UniqueFd pidfd;  ///< readable once the process has ended
};

/// Starts a worker that has nothing of ours but four descriptors, `environment` and `limits`. It is
/// killed if the calling thread ends, gains no privileges, dumps no core and is the kernel's first
/// choice when memory runs out. Shares this process's memory until exec, so the cost does not grow
/// with our size. Errors: TRIAL_SPAWN (the step and errno named).
Result<Spawned> Spawn(const SpawnPlan& plan);

}  // namespace falsify::harness
