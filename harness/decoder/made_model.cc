#include "harness/decoder/made_model.h"

#include <cstddef>
#include <functional>
#include <numeric>
#include <utility>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

std::uint64_t Elements(const TensorSpec& spec) {
  return std::accumulate(spec.shape.begin(), spec.shape.end(), std::uint64_t{1},
                         std::multiplies<>());
}

std::uint64_t StoredBytes(const TensorSpec& spec) {
  return loaders::StorageBytes(spec.dtype, Elements(spec)).value();
}

}  // namespace

std::vector<TensorSpec> SpecsOf(const loaders::ModelConfig& config, loaders::Dtype dtype) {
  const std::uint64_t hidden = config.hidden_size;
  const std::uint64_t inner = config.intermediate_size;
  const std::uint64_t attention = config.heads * config.head_dim;
  const std::uint64_t shared = config.kv_heads * config.head_dim;
  std::vector<TensorSpec> specs;
  const auto add = [&](std::string name, std::vector<std::uint64_t> shape) {
    specs.push_back({std::move(name), dtype, std::move(shape)});
  };
  add("model.embed_tokens.weight", {config.vocab_size, hidden});
  for (std::uint64_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    add(layer + "input_layernorm.weight", {hidden});
    add(layer + "self_attn.q_proj.weight", {attention, hidden});
    add(layer + "self_attn.k_proj.weight", {shared, hidden});
    add(layer + "self_attn.v_proj.weight", {shared, hidden});
    if (config.qkv_bias) {
      add(layer + "self_attn.q_proj.bias", {attention});
      add(layer + "self_attn.k_proj.bias", {shared});
      add(layer + "self_attn.v_proj.bias", {shared});
    }
    add(layer + "self_attn.o_proj.weight", {hidden, attention});
    add(layer + "post_attention_layernorm.weight", {hidden});
    add(layer + "mlp.gate_proj.weight", {inner, hidden});
    add(layer + "mlp.up_proj.weight", {inner, hidden});
    add(layer + "mlp.down_proj.weight", {hidden, inner});
  }
  add("model.norm.weight", {hidden});
  if (!config.tied_embeddings) add("lm_head.weight", {config.vocab_size, hidden});
  return specs;
}

class MadeModel::MadeHeader final : public loaders::Header {
 public:
  MadeHeader(std::vector<TensorSpec> specs, std::uint64_t gap) : specs_(std::move(specs)) {
    std::uint64_t offset = 0;
    for (const TensorSpec& spec : specs_) {
      offset += gap;
      tensors_.push_back(
          {spec.name, spec.dtype, spec.shape, Elements(spec), {offset, StoredBytes(spec)}});
      offset += StoredBytes(spec);
    }
    for (const loaders::TensorInfo& tensor : tensors_) by_name_[tensor.name] = &tensor;
  }

  std::span<const loaders::TensorInfo> tensors() const override { return tensors_; }
  const loaders::TensorInfo* Find(std::string_view name) const override {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }
  std::span<const std::pair<std::string_view, std::string_view>> metadata() const override {
    return {};
  }
  std::uint64_t data_offset() const override { return 0; }
  std::span<const std::string> findings() const override { return {}; }

 private:
  std::vector<TensorSpec> specs_;
  std::vector<loaders::TensorInfo> tensors_;
  std::map<std::string_view, const loaders::TensorInfo*> by_name_;
};

MadeModel::MadeModel(std::vector<TensorSpec> specs, loaders::ModelConfig config, std::uint64_t gap,
                     std::byte* base)
    : config_(std::move(config)),
      base_(base),
      file_bytes_(BytesNeeded(specs, gap)),
      header_(std::make_unique<MadeHeader>(std::move(specs), gap)) {}

MadeModel::~MadeModel() = default;

std::uint64_t MadeModel::BytesNeeded(const std::vector<TensorSpec>& specs, std::uint64_t gap) {
  std::uint64_t bytes = 0;
  for (const TensorSpec& spec : specs) bytes += gap + StoredBytes(spec);
  return bytes;
}

std::span<std::byte> MadeModel::Bytes(std::string_view name) const {
  const loaders::ByteRange range = header_->Find(name)->range;
  return {base_ + range.offset, range.size};
}

const loaders::Header& MadeModel::header() const { return *header_; }

Result<loaders::TensorView> MadeModel::Resident(const loaders::TensorInfo& tensor) const {
  return loaders::TensorView{tensor.name, tensor.dtype, tensor.shape, Bytes(tensor.name)};
}

Result<std::span<const std::byte>> MadeModel::Stored(const loaders::TensorInfo& tensor) const {
  return Bytes(tensor.name);
}

}  // namespace falsify::harness
