#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/canonical_name.h"
#include "loaders/formats/gguf.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kMostSize = std::numeric_limits<std::int32_t>::max();

/// Reads keys one after the other; after the first error it reads no more and keeps that error.
class KeyReader {
 public:
  KeyReader(const GgufHeader& header, const std::string& path, std::string architecture)
      : header_(header), path_(path), architecture_(std::move(architecture)) {}

  const std::optional<Error>& error() const { return error_; }
  void Refuse(std::string code, std::string what) {
    if (!error_) error_ = Error{std::move(code), path_, std::move(what), {}};
  }

  /// A positive size; the first of a list of equal ones, as some files have one per layer.
  std::uint64_t Size(const std::string& key, std::optional<std::uint64_t> absent = {}) {
    const GgufValue* value = Find(key, absent.has_value());
    if (value == nullptr) return absent.value_or(1);
    std::optional<std::uint64_t> size = value->Unsigned();
    if (const auto sizes = value->UnsignedArray(); sizes && !sizes->empty()) {
      size = sizes->front();
      for (const std::uint64_t other : *sizes) {
        if (other == *size) continue;
        Refuse("CONFIG_ARCHITECTURE",
               fmt::format("{} differs between layers, expected one number", Full(key)));
      }
    }
    if (size && *size > 0 && *size <= kMostSize) return *size;
    Refuse(size ? "GGUF_META_VALUE" : "GGUF_META_TYPE",
           fmt::format("{} is {} ({}), expected an integer from 1 to {}", Full(key),
                       ShownValue(*value), Name(value->type), kMostSize));
    return 1;
  }

  double Positive(const std::string& key, std::optional<double> absent = {}) {
    const GgufValue* value = Find(key, absent.has_value());
    if (value == nullptr) return absent.value_or(1);
    const std::optional<double> number = value->Real();
    if (number && *number > 0 && *number <= std::numeric_limits<double>::max()) return *number;
    Refuse(number ? "GGUF_META_VALUE" : "GGUF_META_TYPE",
           fmt::format("{} is {} ({}), expected an f32 above 0", Full(key), ShownValue(*value),
                       Name(value->type)));
    return 1;
  }

  std::string_view Text(const std::string& key, std::string_view absent) {
    const GgufValue* value = Find(key, true);
    if (value == nullptr) return absent;
    if (const auto text = value->Text()) return *text;
    Refuse("GGUF_META_TYPE",
           fmt::format("{} is {}, expected a string", Full(key), Name(value->type)));
    return absent;
  }

  bool Has(const std::string& key) const { return header_.FindValue(Full(key)) != nullptr; }

 private:
  std::string Full(const std::string& key) const { return architecture_ + "." + key; }

  const GgufValue* Find(const std::string& key, bool optional) {
    const GgufValue* value = header_.FindValue(Full(key));
    if (value == nullptr && !optional) {
      Refuse("GGUF_META_MISSING", fmt::format("there is no key {}", Full(key)));
    }
    return value;
  }

  const GgufHeader& header_;
  const std::string& path_;
  std::string architecture_;
  std::optional<Error> error_;
};

Result<std::string> Architecture(const GgufHeader& header, const std::string& path) {
  const GgufValue* value = header.FindValue("general.architecture");
  if (value == nullptr) {
    return Fail({"GGUF_META_MISSING", path, "there is no key general.architecture", {}});
  }
  const auto name = value->Text();
  if (!name) {
    return Fail({"GGUF_META_TYPE",
                 path,
                 fmt::format("general.architecture is {}, expected a string", Name(value->type)),
                 {}});
  }
  if (*name == "qwen2" || *name == "llama") return std::string(*name);
  return Fail({"CONFIG_ARCHITECTURE",
               path,
               fmt::format("architecture \"{}\", expected llama or qwen2", *name),
               {}});
}

/// Rows of the embedding: what a token id may index.
std::optional<std::uint64_t> EmbeddingRows(const GgufHeader& header) {
  const TensorInfo* embedding = FindCanonical(header, "model.embed_tokens.weight");
  if (embedding == nullptr || embedding->shape.size() != 2) return std::nullopt;
  return embedding->shape.front();
}

std::uint64_t VocabularySize(KeyReader& keys, const GgufHeader& header) {
  const GgufValue* tokens = header.FindValue("tokenizer.ggml.tokens");
  const std::optional<std::uint64_t> rows = EmbeddingRows(header);
  const bool has_tokens = tokens != nullptr && tokens->type == GgufType::kArray;
  if (has_tokens && rows && tokens->count != *rows) {
    keys.Refuse("GGUF_META_VALUE",
                fmt::format("tokenizer.ggml.tokens has {} tokens, the embedding {} rows",
                            tokens->count, *rows));
  }
  if (keys.Has("vocab_size")) return keys.Size("vocab_size");
  if (has_tokens) return tokens->count;
  if (rows) return *rows;
  return keys.Size("vocab_size");
}

void CheckRope(KeyReader& keys, const ModelConfig& config) {
  const std::string_view scaling = keys.Text("rope.scaling.type", "none");
  if (scaling != "none") {
    keys.Refuse("CONFIG_ARCHITECTURE",
                fmt::format("rope.scaling.type is \"{}\", expected \"none\"", scaling));
  }
  const std::uint64_t turned = keys.Size("rope.dimension_count", config.head_dim);
  if (turned != config.head_dim) {
    keys.Refuse("CONFIG_ARCHITECTURE",
                fmt::format("rope turns {} of {} elements, expected all", turned, config.head_dim));
  }
}

void CheckSizes(KeyReader& keys, const ModelConfig& config) {
  if (config.heads % config.kv_heads != 0) {
    keys.Refuse("GGUF_META_VALUE", fmt::format("{} heads cannot share {} key-value heads",
                                               config.heads, config.kv_heads));
  }
  if (config.head_dim % 2 != 0) {
    keys.Refuse("GGUF_META_VALUE",
                fmt::format("heads have {} elements, expected an even number", config.head_dim));
  }
}

}  // namespace

Result<ModelConfig> GgufConfig(const Header& parsed, const std::string& path) {
  const auto& header = dynamic_cast<const GgufHeader&>(parsed);
  const Result<std::string> architecture = Architecture(header, path);
  if (!architecture) return Fail(architecture.error());
  KeyReader keys(header, path, *architecture);
  ModelConfig config;
  config.architecture = *architecture;
  config.hidden_size = keys.Size("embedding_length");
  config.intermediate_size = keys.Size("feed_forward_length");
  config.layers = keys.Size("block_count");
  config.heads = keys.Size("attention.head_count");
  config.kv_heads = keys.Size("attention.head_count_kv", config.heads);
  config.head_dim = keys.Size("attention.key_length", config.hidden_size / config.heads);
  config.vocab_size = VocabularySize(keys, header);
  config.rope_theta = keys.Positive("rope.freq_base", 10000.0);
  config.rms_norm_eps = keys.Positive("attention.layer_norm_rms_epsilon");
  config.max_positions = keys.Size("context_length");
  config.tied_embeddings = FindCanonical(header, "lm_head.weight") == nullptr;
  config.qkv_bias = FindCanonical(header, "model.layers.0.self_attn.q_proj.bias") != nullptr;
  config.rope_pairs = config.architecture == "llama" ? RopePairs::kAdjacent : RopePairs::kHalves;
  CheckRope(keys, config);
  CheckSizes(keys, config);
  if (keys.error()) return Fail(*keys.error());
  return config;
}

}  // namespace falsify::loaders
