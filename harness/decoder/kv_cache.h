#pragma once

#include <cstddef>
#include <vector>

namespace falsify::harness {

/// Keys, turned to their positions, and values of all tokens so far: what a later token attends to.
/// Feature-major like activations: one matrix [head_dim][room] per layer and key-value head.
class KvCache {
 public:
  struct Shape {
    std::size_t layers;
    std::size_t kv_heads;
    std::size_t head_dim;
    std::size_t room;  ///< tokens it can hold
  };

  explicit KvCache(const Shape& shape)
      : shape_(shape),
        keys_(shape.layers * shape.kv_heads * MatrixValues()),
        values_(keys_.size()) {}

  std::size_t tokens() const { return tokens_; }
  std::size_t room() const { return shape_.room; }
  void Advance(std::size_t tokens) { tokens_ += tokens; }

  float* Keys(std::size_t layer, std::size_t kv_head) { return keys_.data() + At(layer, kv_head); }
  float* Values(std::size_t layer, std::size_t kv_head) {
    return values_.data() + At(layer, kv_head);
  }

 private:
  std::size_t MatrixValues() const { return shape_.head_dim * shape_.room; }
  std::size_t At(std::size_t layer, std::size_t kv_head) const {
    return (layer * shape_.kv_heads + kv_head) * MatrixValues();
  }

  Shape shape_;
  std::vector<float> keys_;
  std::vector<float> values_;
  std::size_t tokens_ = 0;
};

}  // namespace falsify::harness
