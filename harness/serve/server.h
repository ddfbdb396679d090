#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/serve/serve_engine.h"
#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::harness {

struct ServeOptions {
  std::string model_path;
  loaders::LoaderChoice loader = {"mmap"};
  unsigned threads = 2;
  std::string host = "127.0.0.1";
  int port = 0;  ///< 0: any that is free
};

/// A small OpenAI-compatible server on our own decoder: POST /v1/chat/completions and
/// /v1/completions (greedy; streamed on request, each token when it is chosen), GET /v1/models,
/// GET /health. It answers from the start; until the model is loaded, with 503.
class CompletionServer {
 public:
  /// Errors: SERVE_BIND.
  static Result<std::unique_ptr<CompletionServer>> Bind(const ServeOptions& options);
  ~CompletionServer();

  int port() const;

  /// Loads the model and answers until `Stop`; once. Errors: what the model was refused with; then
  /// it stops by itself.
  Result<void> Run();

  /// Ends completions at their next token and makes `Run` return. From any thread.
  void Stop();

 private:
  struct Parts;
  explicit CompletionServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace falsify::harness
