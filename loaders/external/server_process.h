#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "loaders/error.h"

namespace falsify::loaders {

/// A server that we started; what it prints goes to our stderr. Ended, with its process group, when
/// this object is destroyed. Used by one thread.
class ServerProcess {
 public:
  using Clock = std::chrono::steady_clock;

  /// Errors: HTTP_START (errno named).
  static Result<ServerProcess> Start(const std::vector<std::string>& command);

  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  pid_t pid() const { return pid_; }

  /// "exited with 1", "was killed by signal 9"; empty while it runs.
  std::optional<std::string> HowItEnded();

  /// How long it took to leave after SIGTERM.
  struct Stopped {
    double seconds = 0;
    bool killed = false;  ///< it did not leave within `grace`: SIGKILL
  };
  Stopped Stop(std::chrono::duration<double> grace);

 private:
  explicit ServerProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::optional<std::string> ended_;
};

}  // namespace falsify::loaders
