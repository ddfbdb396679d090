#pragma once

#include <functional>
#include <string>

#include "loaders/error.h"

namespace falsify::harness {

/// How a child process of a worker ended.
struct ForkedEnd {
  std::string text;   ///< what it answered; empty if it did not
  std::string cause;  ///< empty if it answered; else "killed by signal 11", "stopped after 5 s", ..
};

/// Runs `work` in a fork of this process and returns its answer. For code that may crash or hang;
/// a child that has not answered after `seconds` is killed. The answer is at most 64 KiB.
/// Precondition: this process has one thread. Errors: WORKER_FORK.
Result<ForkedEnd> RunForked(const std::function<std::string()>& work, double seconds);

}  // namespace falsify::harness
