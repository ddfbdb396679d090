#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "harness/decoder/decoder.h"
#include "harness/serve/completion_request.h"
#include "loaders/error.h"
#include "loaders/loader.h"
#include "loaders/tokenizer/tokenizer.h"

namespace falsify::harness {

/// A loaded model that completes one request after the other; whoever comes second waits.
/// Safe to use from several threads.
class ServeEngine {
 public:
  /// Errors: those of loader, configuration, tokenizer and decoder.
  static Result<std::unique_ptr<ServeEngine>> Load(const std::string& path,
                                                   const loaders::LoaderChoice& loader,
                                                   unsigned threads);

  /// The prompt's ids. Errors: REQUEST_FIELD (no tokens, or beyond the vocabulary), TOKENIZER_*.
  Result<std::vector<std::uint32_t>> Tokenize(CompletionApi api, const CompletionRequest& request);

  /// One completion. Holds the decoder from its first token to its end.
  class Completion {
   public:
    Completion(ServeEngine& engine, std::vector<std::uint32_t> prompt, unsigned max_tokens);

    /// The next token; empty at the end: `max_tokens` are out, or the model ended its turn. Blocks
    /// while another completion runs. Errors: DECODER_*, SERVE_STOPPED.
    Result<std::optional<std::uint32_t>> Next();

    bool ended_by_model() const { return ended_by_model_; }
    std::size_t prompt_tokens() const { return prompt_.size(); }
    unsigned completion_tokens() const { return chosen_; }

   private:
    ServeEngine& engine_;
    std::vector<std::uint32_t> prompt_;
    unsigned max_tokens_;
    unsigned chosen_ = 0;
    bool ended_by_model_ = false;
    std::uint32_t last_ = 0;
    std::unique_lock<std::mutex> turn_;
  };

  /// The bytes that a token stands for; none for one that steers.
  std::string_view BytesOf(std::uint32_t token) const;

  /// Ends every completion at its next token. For good.
  void Stop() { stopped_ = true; }

 private:
  ServeEngine(std::unique_ptr<loaders::Model> model, loaders::ModelConfig config,
              std::unique_ptr<Decoder> decoder, loaders::Tokenizer tokenizer, std::string chat);

  std::unique_ptr<loaders::Model> model_;
  loaders::ModelConfig config_;
  std::unique_ptr<Decoder> decoder_;
  std::mutex decoding_;
  loaders::Tokenizer tokenizer_;
  std::mutex tokenizing_;
  std::string chat_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace falsify::harness
