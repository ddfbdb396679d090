#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace falsify::loaders {

/// Starts a program, without a shell, in a process group of its own, so that all of it can be ended
/// at once. `descriptors` are pairs of ours and theirs; others are closed to it if they are
/// close-on-exec. Returns 0 and sets `pid`, or errno.
int SpawnGroup(const std::vector<std::string>& command,
               std::span<const std::pair<int, int>> descriptors, pid_t& pid);

/// Waits for what SpawnGroup started, at most so long, and ends what is left of its group. The wait
/// status (waitpid(2)); nothing if it had to be ended, or there was nobody to wait for.
std::optional<int> AwaitGroup(pid_t pid, std::chrono::milliseconds most);

}  // namespace falsify::loaders
