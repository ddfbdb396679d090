#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "loaders/error.h"
#include "nlohmann/json.hpp"

namespace falsify::loaders {

/// What a program is asked to do; see protocol.md for the meaning of each field.
struct ProgramRequest {
  std::string model;  ///< absolute path
  std::string work;   ///< "open", "touch", "first_token", "digest"
  unsigned threads = 1;
  std::vector<std::uint32_t> prompt = {};
  std::map<std::string, std::string> options = {};
};

/// One line a program wrote, checked: "opened", "touched", "first_token", "tensor", "done",
/// "error".
struct ProgramEvent {
  std::string name;
  nlohmann::json fields;
};

/// A loader in a process of its own, in any language: one request in, events out, one JSON document
/// a line. It shares nothing with this process but its pipes. Ended, with its process group, when
/// this object is destroyed. Used by one thread.
class Program {
 public:
  using Clock = std::chrono::steady_clock;

  /// Starts it, without a shell, and waits until it says that it is ready. Never before a deadline:
  /// whoever runs trials has one. Errors: COMMAND_START (errno named), COMMAND_PROTOCOL.
  static Result<Program> Start(const std::vector<std::string>& command);

  Program(Program&& other) noexcept;
  Program& operator=(Program&&) = delete;
  ~Program();

  pid_t pid() const { return pid_; }

  /// Once. Errors: COMMAND_PROTOCOL (it no longer listens).
  Result<void> Send(const ProgramRequest& request);

  /// The next event; blocks until it is there.
  /// Errors: COMMAND_PROTOCOL (no JSON object, none of the events, a line of more than 1 MiB, the
  /// end of its output), and what an `error` event says: COMMAND_REFUSED, COMMAND_IO, IO_MEMORY,
  /// LOADER_UNAVAILABLE, LOADER_OPTION, COMMAND_UNSUPPORTED, COMMAND_FAILED.
  Result<ProgramEvent> Next();

  /// The next event, which has to be `name`. Errors: as of `Next`.
  Result<ProgramEvent> Expect(std::string_view name);

 private:
  Program(pid_t pid, int requests, int events) : pid_(pid), requests_(requests), events_(events) {}

  Result<std::string> NextLine();
  tl::unexpected<Error> Broken(std::string what) const;

  pid_t pid_;
  int requests_;
  int events_;
  std::string name_;
  std::string unread_;
  bool ended_ = false;
};

}  // namespace falsify::loaders
