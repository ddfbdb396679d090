#pragma once

#include <vector>

#include "harness/decoder/product.h"
#include "loaders/error.h"
#include "loaders/model.h"
#include "loaders/model_config.h"

namespace falsify::harness {

/// A vector of the model, e.g. a norm or a bias. Small, so it is widened whenever it is needed.
struct Vector {
  const std::byte* bytes = nullptr;
  loaders::Dtype dtype = loaders::Dtype::kF32;  ///< any that CanWiden
  std::size_t elements = 0;
};

std::vector<float> Widen(const Vector& vector);

/// `[out][in]` unless said; A = heads * head_dim, K = kv_heads * head_dim.
struct LayerWeights {
  Vector attention_norm;
  Matrix query;       ///< [A][hidden]
  Matrix key;         ///< [K][hidden]
  Matrix value;       ///< [K][hidden]
  Vector query_bias;  ///< the biases: no elements where the architecture has none
  Vector key_bias;
  Vector value_bias;
  Matrix attention_out;  ///< [hidden][A]
  Vector mlp_norm;
  Matrix gate;  ///< [intermediate][hidden]
  Matrix up;    ///< [intermediate][hidden]
  Matrix down;  ///< [hidden][intermediate]
};

/// Every tensor of a Qwen2 or Llama model where its loader keeps it. Valid as long as the Model.
struct Weights {
  Matrix embedding;  ///< [vocab][hidden]
  std::vector<LayerWeights> layers;
  Vector norm;
  Matrix head;  ///< [vocab][hidden]; the embedding if they are tied
};

/// Finds the tensors by their canonical names (loaders/canonical_name.h) and checks that they are
/// exactly those that `config` promises; only "rope_freqs.weight" may lie beside them. Looks at the
/// header and asks for views, but reads no payload.
/// Errors: DECODER_CONFIG (an architecture or sizes that cannot be run), DECODER_TENSOR (missing,
/// not asked for, of another shape or size, of a dtype that cannot be widened, or with blocks that
/// do not end where its rows do; names it), and those of `Model::Resident`.
Result<Weights> BindWeights(const loaders::Model& model, const loaders::ModelConfig& config);

}  // namespace falsify::harness
