#pragma once

#include <cstdint>
#include <string>

#include "loaders/error.h"

namespace falsify::loaders {

/// Which rows of a head's query and key rotate together: Hugging Face keeps the halves of a head
/// apart (i and i + head_dim/2), a GGUF file of the llama architecture has them side by side (2i
/// and 2i + 1), with the rows of q_proj and k_proj permuted to match.
enum class RopePairs { kHalves, kAdjacent };

/// The architecture behind a model's tensors, in Hugging Face terms (config.json), whatever file it
/// was read from. All sizes are elements.
struct ModelConfig {
  std::string architecture;  ///< "qwen2" or "llama" (Mistral and TinyLlama are llama)
  std::uint64_t hidden_size = 0;
  std::uint64_t intermediate_size = 0;
  std::uint64_t layers = 0;
  std::uint64_t heads = 0;
  std::uint64_t kv_heads = 0;
  std::uint64_t head_dim = 0;
  std::uint64_t vocab_size = 0;
  double rope_theta = 10000.0;
  double rms_norm_eps = 1e-6;
  bool tied_embeddings = false;  ///< lm_head is embed_tokens
  bool qkv_bias = false;
  RopePairs rope_pairs = RopePairs::kHalves;  ///< as the model's own q_proj and k_proj are stored
  std::uint64_t max_positions = 0;            ///< context length; 0 if the file does not say

  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

/// Reads a configuration in Hugging Face's form; `where` is for messages. Errors: CONFIG_JSON,
/// CONFIG_FIELD (missing, of the wrong type, zero, or sizes that contradict each other),
/// CONFIG_ARCHITECTURE (not one the decoder can run).
Result<ModelConfig> ParseConfig(const std::string& text, const std::string& where);

/// Reads the `config.json` that lies beside `model_path`.
/// Errors: CONFIG_MISSING, IO_*, those of ParseConfig.
Result<ModelConfig> ReadConfigBeside(const std::string& model_path);

}  // namespace falsify::loaders
