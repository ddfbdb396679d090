#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "harness/decoder/attention.h"
#include "harness/decoder/kv_cache.h"
#include "harness/decoder/product.h"
#include "harness/decoder/team.h"
#include "harness/decoder/weights.h"
#include "loaders/model_config.h"

namespace falsify::harness {

/// Some tokens on their way through the model: the activations, and the steps that change them.
/// Activations are feature-major, see vector_ops.h.
class Pass {
 public:
  /// All arguments outlive the pass. `tokens` is not empty and lies within the vocabulary. With a
  /// cache, which has room for them, they follow the tokens it holds, one token at a time unless it
  /// is empty, and are added to it.
  Pass(const Weights& weights, const loaders::ModelConfig& config,
       std::span<const std::uint32_t> tokens, Product& product, unsigned workers,
       KvCache* cache = nullptr);

  /// Every worker of one `Team::Run` calls it. Afterwards the logits are there.
  void Walk(Worker& worker);

  std::vector<float> TakeLogits() { return std::move(logits_); }

 private:
  // What one worker needs for itself.
  struct Room {
    std::vector<float> first;   // a tile's product, or attention scores
    std::vector<float> second;  // the product beside it, or a head
  };

  void Embed();
  void NormAndPack(const Worker& worker, const Vector& weight);
  void Attention(Worker& worker, std::size_t layer);
  void Turn(const Worker& worker, float* head);
  void AttendGroup(const Worker& worker, std::size_t layer, std::size_t kv_head);
  void Remember(std::size_t layer, std::size_t kv_head, const float* key, const float* value);
  void AttendCached(const Worker& worker, std::size_t layer, std::size_t head);
  void Mlp(Worker& worker, const LayerWeights& layer);
  void AddProduct(Worker& worker, const Matrix& matrix, const std::vector<float>& input);
  void Head(Worker& worker);
  float* Multiply(const Worker& worker, const Tile& tile, std::vector<float>& room);

  const Weights& weights_;
  const loaders::ModelConfig& config_;
  const std::span<const std::uint32_t> tokens_;
  Product& product_;
  KvCache* const cache_;      // may be null
  const std::size_t before_;  // tokens that it held
  const float eps_;
  std::size_t lanes_;
  const RopeTable rope_;

  std::vector<float> hidden_;     // [hidden_size][lanes]: what the layers add to
  std::vector<float> normed_;     // [hidden_size][lanes]
  std::vector<float> projected_;  // [A + 2K][lanes]: queries, keys, values of all heads
  std::vector<float> attended_;   // [A][lanes]
  std::vector<float> gated_;      // [intermediate_size][lanes]
  PackedActivations packed_;
  std::vector<Room> rooms_;  // one per worker
  std::vector<float> logits_;
};

}  // namespace falsify::harness
