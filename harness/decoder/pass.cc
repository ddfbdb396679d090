#include "harness/decoder/pass.h"

#include <algorithm>
#include <array>

#include "harness/decoder/vector_ops.h"

namespace falsify::harness {

Pass::Pass(const Weights& weights, const loaders::ModelConfig& config,
           std::span<const std::uint32_t> tokens, Product& product, unsigned workers,
           KvCache* cache)
    : weights_(weights),
      config_(config),
      tokens_(tokens),
      product_(product),
      cache_(cache),
      before_(cache == nullptr ? 0 : cache->tokens()),
      eps_(static_cast<float>(config.rms_norm_eps)),
      lanes_(PaddedLanes(tokens.size())),
      rope_(MakeRopeTable(config.head_dim, config.rope_theta, lanes_, before_)),
      hidden_(config.hidden_size * lanes_),
      normed_(config.hidden_size * lanes_),
      projected_((config.heads + 2 * config.kv_heads) * config.head_dim * lanes_),
      attended_(config.heads * config.head_dim * lanes_),
      gated_(config.intermediate_size * lanes_),
      rooms_(workers),
      logits_(config.vocab_size) {}

void Pass::Walk(Worker& worker) {
  const std::array<std::size_t, 3> depths = {config_.hidden_size, config_.heads * config_.head_dim,
                                             config_.intermediate_size};
  product_.Prepare(worker, depths, lanes_);
  worker.Once([&] { Embed(); });
  for (std::size_t layer = 0; layer < weights_.layers.size(); ++layer) {
    Attention(worker, layer);
    Mlp(worker, weights_.layers[layer]);
  }
  worker.Once([&] {
    if (cache_ != nullptr) cache_->Advance(tokens_.size());
  });
  product_.Prepare(worker, {depths.data(), 1}, kLaneBlock);
  Head(worker);
}

void Pass::Embed() {
  std::vector<float> row(config_.hidden_size);
  for (std::size_t lane = 0; lane < tokens_.size(); ++lane) {
    WidenFrom(weights_.embedding, tokens_[lane], row);
    for (std::size_t i = 0; i < row.size(); ++i) hidden_[i * lanes_ + lane] = row[i];
  }
}

void Pass::NormAndPack(const Worker& worker, const Vector& weight) {
  RmsNorm(hidden_.data(), Widen(weight), eps_, lanes_, normed_.data());
  product_.Pack(worker, normed_.data(), weight.elements, lanes_, packed_);
}

float* Pass::Multiply(const Worker& worker, const Tile& tile, std::vector<float>& room) {
  if (room.size() < tile.rows * lanes_) room.resize(tile.rows * lanes_);
  product_.Multiply(worker, tile, packed_, room.data());
  return room.data();
}

void Pass::Attention(Worker& worker, std::size_t at_layer) {
  const LayerWeights& layer = weights_.layers[at_layer];
  const std::size_t queries = layer.query.rows * lanes_;
  const std::size_t keys = layer.key.rows * lanes_;
  worker.Once([&] { NormAndPack(worker, layer.attention_norm); });

  const std::array<const Matrix*, 3> matrices = {&layer.query, &layer.key, &layer.value};
  worker.ForEach(TileCount(matrices), [&](std::size_t i) {
    const Tile tile = TileAt(matrices, i);
    std::size_t at = tile.first_row * lanes_;
    if (tile.matrix != &layer.query) at += queries;
    if (tile.matrix == &layer.value) at += keys;
    product_.Multiply(worker, tile, packed_, projected_.data() + at);
  });
  worker.Once([&] {
    AddBias(Widen(layer.query_bias), lanes_, projected_.data());
    AddBias(Widen(layer.key_bias), lanes_, projected_.data() + queries);
    AddBias(Widen(layer.value_bias), lanes_, projected_.data() + queries + keys);
  });
  worker.ForEach(config_.kv_heads, [&](std::size_t i) { AttendGroup(worker, at_layer, i); });
  AddProduct(worker, layer.attention_out, attended_);
}

void Pass::Turn(const Worker& worker, float* head) {
  if (config_.rope_pairs == loaders::RopePairs::kAdjacent) {
    std::vector<float>& room = rooms_[worker.index()].second;
    if (room.size() < config_.head_dim * lanes_) room.resize(config_.head_dim * lanes_);
    PartPairs(rope_, room.data(), head);
  }
  Rotate(rope_, head);
}

// One key and value head, and the query heads that share it.
void Pass::AttendGroup(const Worker& worker, std::size_t layer, std::size_t kv_head) {
  const std::size_t head_values = config_.head_dim * lanes_;
  const std::size_t group = config_.heads / config_.kv_heads;
  float* queries = projected_.data();
  float* key = queries + (config_.heads + kv_head) * head_values;
  const float* value = key + config_.kv_heads * head_values;
  std::vector<float>& scores = rooms_[worker.index()].first;
  if (scores.size() < tokens_.size() * kLaneBlock) scores.resize(tokens_.size() * kLaneBlock);

  const HeadShape shape = {config_.head_dim, tokens_.size(), lanes_};
  Turn(worker, key);
  if (cache_ != nullptr) Remember(layer, kv_head, key, value);
  for (std::size_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
    float* query = queries + head * head_values;
    Turn(worker, query);
    if (before_ > 0) {
      AttendCached(worker, layer, head);
      continue;
    }
    Attend(shape, query, key, value, scores.data(), attended_.data() + head * head_values);
  }
}

void Pass::Remember(std::size_t layer, std::size_t kv_head, const float* key, const float* value) {
  float* keys = cache_->Keys(layer, kv_head) + before_;
  float* values = cache_->Values(layer, kv_head) + before_;
  for (std::size_t i = 0; i < config_.head_dim; ++i) {
    std::copy_n(key + i * lanes_, tokens_.size(), keys + i * cache_->room());
    std::copy_n(value + i * lanes_, tokens_.size(), values + i * cache_->room());
  }
}

void Pass::AttendCached(const Worker& worker, std::size_t layer, std::size_t head) {
  const std::size_t kv_head = head / (config_.heads / config_.kv_heads);
  const std::size_t at = head * config_.head_dim * lanes_;
  std::vector<float>& scores = rooms_[worker.index()].first;
  if (scores.size() < before_ + 1) scores.resize(before_ + 1);
  AttendOne({config_.head_dim, lanes_, before_ + 1, cache_->room()}, projected_.data() + at,
            cache_->Keys(layer, kv_head), cache_->Values(layer, kv_head), scores.data(),
            attended_.data() + at);
}

void Pass::Mlp(Worker& worker, const LayerWeights& layer) {
  worker.Once([&] { NormAndPack(worker, layer.mlp_norm); });
  const std::array<const Matrix*, 1> matrix = {&layer.gate};
  worker.ForEach(TileCount(matrix), [&](std::size_t i) {
    Room& room = rooms_[worker.index()];
    const Tile gates = TileAt(matrix, i);
    const Tile ups = {&layer.up, gates.first_row, gates.rows};  // up has the shape of gate
    const float* gate = Multiply(worker, gates, room.first);
    const float* up = Multiply(worker, ups, room.second);
    SwiGlu(gate, up, ups.rows * lanes_, gated_.data() + ups.first_row * lanes_);
  });
  AddProduct(worker, layer.down, gated_);
}

void Pass::AddProduct(Worker& worker, const Matrix& matrix, const std::vector<float>& input) {
  worker.Once([&] { product_.Pack(worker, input.data(), matrix.depth, lanes_, packed_); });
  const std::array<const Matrix*, 1> matrices = {&matrix};
  worker.ForEach(TileCount(matrices), [&](std::size_t i) {
    const Tile tile = TileAt(matrices, i);
    const float* product = Multiply(worker, tile, rooms_[worker.index()].first);
    AddInto(product, tile.rows * lanes_, hidden_.data() + tile.first_row * lanes_);
  });
}

// Only the last token goes through the head: it moves to the first lane of a block of its own.
void Pass::Head(Worker& worker) {
  worker.Once([&] {
    std::vector<float> last(config_.hidden_size * kLaneBlock);
    for (std::size_t i = 0; i < config_.hidden_size; ++i) {
      last[i * kLaneBlock] = hidden_[i * lanes_ + tokens_.size() - 1];
    }
    hidden_ = std::move(last);
    lanes_ = kLaneBlock;
    NormAndPack(worker, weights_.norm);
  });
  const std::array<const Matrix*, 1> matrices = {&weights_.head};
  worker.ForEach(TileCount(matrices), [&](std::size_t i) {
    const Tile tile = TileAt(matrices, i);
    const float* product = Multiply(worker, tile, rooms_[worker.index()].first);
    for (std::size_t row = 0; row < tile.rows; ++row) {
      logits_[tile.first_row + row] = product[row * kLaneBlock];
    }
  });
}

}  // namespace falsify::harness
