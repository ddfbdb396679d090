#include "harness/decoder/weights.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "loaders/bytes.h"
#include "loaders/canonical_name.h"
#include "loaders/convert.h"
#include "loaders/dtype.h"
#include "loaders/stored_layout.h"
#include "loaders/tensor.h"

namespace falsify::harness {
namespace {

using loaders::ModelConfig;

// Converters to GGUF leave it beside the weights: divisors of the rotary embedding's frequencies.
constexpr std::string_view kFrequencies = "rope_freqs.weight";

Error TensorError(std::string_view name, std::string expected, std::string got) {
  return {.code = "DECODER_TENSOR",
          .where = std::string(name),
          .what = fmt::format("expected {}, got {}", expected, got),
          .hint = ""};
}

std::string ShapeText(std::span<const std::uint64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

Result<void> CheckConfig(const ModelConfig& config) {
  const auto refuse = [](std::string what) {
    return Fail({.code = "DECODER_CONFIG", .where = "model", .what = std::move(what), .hint = ""});
  };
  if (config.architecture != "qwen2" && config.architecture != "llama") {
    return refuse(
        fmt::format("expected architecture qwen2 or llama, got \"{}\"", config.architecture));
  }
  const std::pair<std::string_view, std::uint64_t> sizes[] = {
      {"hidden_size", config.hidden_size}, {"intermediate_size", config.intermediate_size},
      {"layers", config.layers},           {"heads", config.heads},
      {"kv_heads", config.kv_heads},       {"head_dim", config.head_dim},
      {"vocab_size", config.vocab_size},
  };
  for (const auto& [name, size] : sizes) {
    if (size == 0) return refuse(fmt::format("{} is 0", name));
  }
  if (config.heads % config.kv_heads != 0) {
    return refuse(fmt::format("{} heads cannot share {} kv_heads", config.heads, config.kv_heads));
  }
  if (config.head_dim % 2 != 0) {
    return refuse(fmt::format("rope turns pairs, head_dim is {}", config.head_dim));
  }
  if (!loaders::CheckedMultiply(config.heads, config.head_dim)) {
    return refuse(fmt::format("{} heads of {} overflow", config.heads, config.head_dim));
  }
  if (!(config.rope_theta > 0.0) || !std::isfinite(config.rope_theta)) {
    return refuse(fmt::format("rope_theta is {}", config.rope_theta));
  }
  if (!(config.rms_norm_eps >= 0.0) || !std::isfinite(config.rms_norm_eps)) {
    return refuse(fmt::format("rms_norm_eps is {}", config.rms_norm_eps));
  }
  return {};
}

// Takes tensors by canonical name; remembers the first error and which ones were taken.
class Taker {
 public:
  explicit Taker(const loaders::Model& model) : model_(model) {}

  Matrix TakeMatrix(const std::string& name, std::uint64_t rows, std::uint64_t depth) {
    const std::optional<loaders::TensorView> view = Take(name, {rows, depth});
    if (!view) return {};
    const auto layout = loaders::StoredLayout::Of(view->dtype, view->shape, view->bytes.size());
    const std::size_t stored = layout->plain() ? 0 : layout->stored_row_elements();
    return {view->bytes.data(), view->dtype, rows, depth, stored};
  }

  Vector TakeVector(const std::string& name, std::uint64_t elements) {
    const std::optional<loaders::TensorView> view = Take(name, {elements});
    if (!view) return {};
    return {view->bytes.data(), view->dtype, elements};
  }

  bool failed() const { return error_.has_value(); }

  // The first error, or the first tensor of the file that nobody took.
  Result<void> Finish() const {
    if (error_) return Fail(*error_);
    for (const loaders::TensorInfo& tensor : model_.header().tensors()) {
      if (taken_.contains(tensor.name) || tensor.name == kFrequencies) continue;
      return Fail(TensorError(tensor.name, "no such tensor", ShapeText(tensor.shape)));
    }
    return {};
  }

 private:
  std::optional<loaders::TensorView> Take(const std::string& name,
                                          const std::vector<std::uint64_t>& shape) {
    if (error_) return std::nullopt;
    const loaders::TensorInfo* info = loaders::FindCanonical(model_.header(), name);
    if (info == nullptr) return Refuse(TensorError(name, ShapeText(shape), "no such tensor"));
    taken_.insert(info->name);
    const Result<loaders::TensorView> view = model_.Resident(*info);
    if (!view) return Refuse(view.error());
    const std::vector<std::uint64_t> got(view->shape.begin(), view->shape.end());
    if (got != shape) return Refuse(TensorError(name, ShapeText(shape), ShapeText(got)));
    const loaders::DtypeTraits& traits = loaders::Traits(view->dtype);
    if (!loaders::CanWiden(view->dtype)) {
      return Refuse(TensorError(name, "a dtype that F32 can stand for", std::string(traits.name)));
    }
    const auto layout = loaders::StoredLayout::Of(view->dtype, view->shape, view->bytes.size());
    const bool one_row = shape.size() == 1;
    const bool by_rows = layout && !layout->plain() && layout->row_elements() == shape.back();
    if (shape.back() % traits.block_elements != 0 && !by_rows &&
        !(one_row && traits.partial_block)) {
      return Refuse(TensorError(
          name, fmt::format("rows of whole {} blocks ({})", traits.name, traits.block_elements),
          fmt::format("rows of {}", shape.back())));
    }
    if (!layout) {
      const auto bytes = loaders::StorageBytes(view->dtype, info->elements);
      return Refuse(TensorError(name, fmt::format("{} B", bytes.value_or(0)),
                                fmt::format("{} B", view->bytes.size())));
    }
    return *view;
  }

  std::nullopt_t Refuse(Error error) {
    error_ = std::move(error);
    return std::nullopt;
  }

  const loaders::Model& model_;
  std::optional<Error> error_;
  std::unordered_set<std::string_view> taken_;
};

LayerWeights TakeLayer(Taker& taker, const ModelConfig& config, std::uint64_t index) {
  const std::string layer = fmt::format("model.layers.{}.", index);
  const std::uint64_t hidden = config.hidden_size;
  const std::uint64_t inner = config.intermediate_size;
  const std::uint64_t attention = config.heads * config.head_dim;
  const std::uint64_t shared = config.kv_heads * config.head_dim;
  LayerWeights weights;
  weights.attention_norm = taker.TakeVector(layer + "input_layernorm.weight", hidden);
  weights.query = taker.TakeMatrix(layer + "self_attn.q_proj.weight", attention, hidden);
  weights.key = taker.TakeMatrix(layer + "self_attn.k_proj.weight", shared, hidden);
  weights.value = taker.TakeMatrix(layer + "self_attn.v_proj.weight", shared, hidden);
  if (config.qkv_bias) {
    weights.query_bias = taker.TakeVector(layer + "self_attn.q_proj.bias", attention);
    weights.key_bias = taker.TakeVector(layer + "self_attn.k_proj.bias", shared);
    weights.value_bias = taker.TakeVector(layer + "self_attn.v_proj.bias", shared);
  }
  weights.attention_out = taker.TakeMatrix(layer + "self_attn.o_proj.weight", hidden, attention);
  weights.mlp_norm = taker.TakeVector(layer + "post_attention_layernorm.weight", hidden);
  weights.gate = taker.TakeMatrix(layer + "mlp.gate_proj.weight", inner, hidden);
  weights.up = taker.TakeMatrix(layer + "mlp.up_proj.weight", inner, hidden);
  weights.down = taker.TakeMatrix(layer + "mlp.down_proj.weight", hidden, inner);
  return weights;
}

}  // namespace

std::vector<float> Widen(const Vector& vector) {
  std::vector<float> values(vector.elements);
  const std::size_t bytes = loaders::StorageBytes(vector.dtype, vector.elements).value();
  loaders::ToF32(vector.dtype, {vector.bytes, bytes}, values);
  return values;
}

Result<Weights> BindWeights(const loaders::Model& model, const ModelConfig& config) {
  if (Result<void> checked = CheckConfig(config); !checked) return Fail(checked.error());
  Taker taker(model);
  Weights weights;
  weights.embedding =
      taker.TakeMatrix("model.embed_tokens.weight", config.vocab_size, config.hidden_size);
  for (std::uint64_t i = 0; i < config.layers && !taker.failed(); ++i) {
    weights.layers.push_back(TakeLayer(taker, config, i));
  }
  weights.norm = taker.TakeVector("model.norm.weight", config.hidden_size);
  weights.head = config.tied_embeddings
                     ? weights.embedding
                     : taker.TakeMatrix("lm_head.weight", config.vocab_size, config.hidden_size);
  if (Result<void> finished = taker.Finish(); !finished) return Fail(finished.error());
  return weights;
}

}  // namespace falsify::harness
