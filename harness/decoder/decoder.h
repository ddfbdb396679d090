#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "loaders/error.h"
#include "loaders/model.h"
#include "loaders/model_config.h"

namespace falsify::harness {

class KvCache;

/// The reference transformer behind `first_token`: Qwen2 and Llama (RMSNorm, rotary embedding,
/// grouped-query attention, SwiGLU). It reads every weight of the model where the loader keeps it,
/// so that a loader which defers its work pays here.
///
/// On one host the logits depend on the values of the weights and on the prompt, bit for bit: not
/// on the loader, on the dtype it holds, on addresses, nor on the number of threads. Other
/// processors may round differently.
///
/// Used by one thread at a time.
class Decoder {
 public:
  /// Checks that the model has exactly the tensors `config` promises and starts `threads` (>= 1)
  /// threads. Reads no payload. The model must outlive the decoder.
  /// Errors: DECODER_CONFIG, DECODER_TENSOR (see `BindWeights`), DECODER_THREADS,
  /// DECODER_ONEDNN, and those of `Model::Resident`.
  static Result<std::unique_ptr<Decoder>> Create(const loaders::Model& model,
                                                 const loaders::ModelConfig& config,
                                                 unsigned threads);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// One prompt pass; the logits of the last position, [vocab_size], all finite. The embedding rows
  /// of the prompt, every layer and the whole head are read, whatever the prompt.
  /// Errors: DECODER_PROMPT (empty, or a token outside the vocabulary), DECODER_NOT_FINITE (names
  /// the first such logit), DECODER_MEMORY, DECODER_ONEDNN.
  Result<std::vector<float>> Prefill(std::span<const std::uint32_t> tokens);

  /// As `Prefill`, and keeps keys and values for the tokens that follow, `room` in all.
  /// Errors besides: DECODER_ROOM (less than the prompt needs).
  Result<std::vector<float>> Start(std::span<const std::uint32_t> tokens, std::size_t room);

  /// The logits after one more token, each of which reads every layer and the head once.
  /// Errors: as of `Prefill`; DECODER_ROOM (full, or nothing was started).
  Result<std::vector<float>> Next(std::uint32_t token);

 private:
  struct Parts;

  explicit Decoder(std::unique_ptr<Parts> parts);
  Result<std::vector<float>> Run(std::span<const std::uint32_t> tokens, KvCache* cache);

  std::unique_ptr<Parts> parts_;
};

/// The token greedy decoding chooses: the index of the largest logit, the lowest such index on a
/// tie. `logits` is not empty and holds no NaN, as from `Prefill`.
std::uint32_t ArgMax(std::span<const float> logits);

/// XXH3-128 over the little-endian bytes: "xxh3-128:<32 hex digits>".
std::string LogitsDigest(std::span<const float> logits);

/// A fixed stand-in for a tokenised prompt: the same for the same arguments, spread over the whole
/// vocabulary, and distinct as long as `count` <= `vocab`, which is > 0.
std::vector<std::uint32_t> PromptTokens(unsigned count, std::uint64_t vocab);

}  // namespace falsify::harness
