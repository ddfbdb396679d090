#pragma once

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

}  // namespace falsify::loaders
