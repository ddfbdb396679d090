#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "harness/trial/spec.h"
#include "loaders/error.h"
#include "loaders/external/http_client.h"
#include "loaders/external/server_process.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// What came of one streamed completion. Times are from the request on.
struct Completion {
  std::string text;        ///< all of it
  std::string first_text;  ///< of the first event with content
  double first_seconds = 0;
  double last_seconds = 0;  ///< until the last event with content
  std::uint64_t tokens = 0;
  bool counted_by_server = false;  ///< else by events with content
};

/// A server under test, from its start to its end. Used by one thread.
class HttpSession {
 public:
  using Seconds = std::chrono::duration<double>;

  /// Starts the server on `model_path`, or finds the running one by its pid. What takes longer than
  /// until `deadline` is HTTP_TIMEOUT. Errors: HTTP_START, HTTP_PID.
  static Result<HttpSession> Begin(const TrialSpec& spec, const std::string& model_path,
                                   std::chrono::steady_clock::time_point deadline);

  pid_t pid() const { return pid_; }
  bool started() const { return process_.has_value(); }

  /// Asks every 2 ms until it answers 200. Errors: HTTP_START (it ended before), HTTP_TIMEOUT.
  Result<void> AwaitReady();

  /// Sends `request`, to which model, greed and streaming are added, and reads the stream to its
  /// end. `on_first` is called when the first content is there. Errors: HTTP_*; HTTP_EMPTY (a
  /// completion without content).
  Result<Completion> Complete(nlohmann::json request, const std::function<void()>& on_first);

  /// Empty if it is not ours to stop.
  std::optional<loaders::ServerProcess::Stopped> Stop();

 private:
  HttpSession(const TrialSpec& spec, loaders::HttpClient client,
              std::chrono::steady_clock::time_point deadline);

  std::string Option(const char* name) const;
  Seconds Left() const;

  const loaders::LoaderChoice& loader_;
  std::string model_;
  loaders::HttpClient client_;
  std::chrono::steady_clock::time_point deadline_;
  std::optional<loaders::ServerProcess> process_;
  pid_t pid_ = -1;
};

/// True if the subject's API takes messages, not a prompt.
bool IsChatApi(const loaders::LoaderChoice& loader);

}  // namespace falsify::harness
