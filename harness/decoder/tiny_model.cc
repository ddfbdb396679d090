#include "harness/decoder/tiny_model.h"

#include <cmath>
#include <cstring>
#include <random>
#include <span>

#include "loaders/convert.h"

namespace falsify::harness {
namespace {

using loaders::Dtype;

double FromF16(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int significand = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0) return sign * std::ldexp(significand, -24);
  return sign * std::ldexp(1024 + significand, exponent - 25);
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Norms around 1, matrices that keep the size of what they multiply.
float Draw(const TensorSpec& spec, std::mt19937& random) {
  std::normal_distribution<float> normal;
  if (EndsWith(spec.name, "norm.weight")) return 1.0F + 0.2F * normal(random);
  if (EndsWith(spec.name, "embed_tokens.weight")) return normal(random);
  if (spec.shape.size() == 1) return 0.5F * normal(random);
  return normal(random) / std::sqrt(static_cast<float>(spec.shape[1]));
}

float RoundedToBf16(float value) {
  std::byte two[2];
  loaders::FromF32(Dtype::kBF16, {&value, 1}, two);
  loaders::ToF32(Dtype::kBF16, two, {&value, 1});
  return value;
}

}  // namespace

loaders::ModelConfig TinyQwen2() {
  return {.architecture = "qwen2",
          .hidden_size = 46,
          .intermediate_size = 163,
          .layers = 2,
          .heads = 6,
          .kv_heads = 2,
          .head_dim = 8,
          .vocab_size = 301,
          .rope_theta = 1e4,
          .rms_norm_eps = 1e-6,
          .tied_embeddings = true,
          .qkv_bias = true};
}

loaders::ModelConfig TinyLlama() {
  return {.architecture = "llama",
          .hidden_size = 96,
          .intermediate_size = 128,
          .layers = 3,
          .heads = 4,
          .kv_heads = 4,
          .head_dim = 18,
          .vocab_size = 256,
          .rope_theta = 500.0,
          .rms_norm_eps = 1e-5,
          .tied_embeddings = false,
          .qkv_bias = false};
}

TinyModel::TinyModel(const loaders::ModelConfig& config, Dtype dtype, Grain grain,
                     std::uint64_t gap)
    : config_(config),
      dtype_(dtype),
      specs_(SpecsOf(config, dtype)),
      bytes_(MadeModel::BytesNeeded(specs_, gap)),
      model_(specs_, config, gap, bytes_.data()) {
  std::mt19937 random(20240917);
  for (const TensorSpec& spec : specs_) {
    const std::size_t elements = model_.header().Find(spec.name)->elements;
    for (std::size_t i = 0; i < elements; ++i) {
      const float value = Draw(spec, random);
      Set(spec.name, i, grain == Grain::kBf16 ? RoundedToBf16(value) : value);
    }
  }
}

double TinyModel::Get(const std::string& tensor, std::size_t element) const {
  const std::size_t size = loaders::Traits(dtype_).block_bytes;
  const std::byte* from = model_.Bytes(tensor).data() + element * size;
  if (dtype_ == Dtype::kF32) {
    float value;
    std::memcpy(&value, from, sizeof(value));
    return static_cast<double>(value);
  }
  std::uint16_t bits;
  std::memcpy(&bits, from, sizeof(bits));
  if (dtype_ == Dtype::kF16) return FromF16(bits);
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return static_cast<double>(value);
}

void TinyModel::Set(const std::string& tensor, std::size_t element, float value) {
  const std::size_t size = loaders::Traits(dtype_).block_bytes;
  loaders::FromF32(dtype_, {&value, 1}, model_.Bytes(tensor).subspan(element * size, size));
}

Values TinyModel::values() const {
  Values values;
  for (const TensorSpec& spec : specs_) {
    std::vector<double>& into = values[spec.name];
    into.resize(model_.header().Find(spec.name)->elements);
    for (std::size_t i = 0; i < into.size(); ++i) into[i] = Get(spec.name, i);
  }
  return values;
}

std::unique_ptr<TinyModel> TinyModel::Widened() const {
  auto widened = std::make_unique<TinyModel>(config_, Dtype::kF32, Grain::kFine, /*gap=*/0);
  for (const auto& [name, values] : values()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      widened->Set(name, i, static_cast<float>(values[i]));
    }
  }
  return widened;
}

}  // namespace falsify::harness
