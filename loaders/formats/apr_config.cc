#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "loaders/canonical_name.h"
#include "loaders/formats/apr.h"
#include "loaders/formats/apr_index.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t kMostSize = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kLeastCapacity = 64;

/// A field, under the name aprender writes and under those that realizar reads as well.
using Spellings = std::span<const std::string_view>;
constexpr std::array<std::string_view, 4> kHidden = {"hidden_size", "hidden_dim", "d_model",
                                                     "n_embd"};
constexpr std::array<std::string_view, 4> kIntermediate = {"intermediate_size", "ffn_dim",
                                                           "intermediate_dim", "n_inner"};
constexpr std::array<std::string_view, 4> kLayers = {"num_layers", "n_layers", "num_hidden_layers",
                                                     "n_layer"};
constexpr std::array<std::string_view, 4> kHeads = {"num_heads", "n_heads", "num_attention_heads",
                                                    "n_head"};
constexpr std::array<std::string_view, 3> kKvHeads = {"num_kv_heads", "n_kv_heads",
                                                      "num_key_value_heads"};
constexpr std::array<std::string_view, 2> kVocabulary = {"vocab_size", "n_vocab"};
constexpr std::array<std::string_view, 4> kPositions = {"max_position_embeddings", "max_seq_len",
                                                        "context_length", "n_ctx"};
constexpr std::array<std::string_view, 3> kEps = {"rms_norm_eps", "layer_norm_eps", "norm_eps"};
constexpr std::array<std::string_view, 1> kHeadDim = {"head_dim"};
constexpr std::array<std::string_view, 1> kTheta = {"rope_theta"};
constexpr std::array<std::string_view, 1> kRopeType = {"rope_type"};
constexpr std::array<std::string_view, 2> kTied = {"tied_embeddings", "tie_word_embeddings"};
constexpr std::array<std::string_view, 3> kArchitecture = {"architecture", "hf_model_type",
                                                           "model_type"};

class FieldReader {
 public:
  FieldReader(dom::object fields, const std::string& path) : fields_(fields), path_(path) {}

  const std::optional<Error>& error() const { return error_; }
  void Refuse(std::string code, std::string what) {
    if (!error_) error_ = Error{std::move(code), path_, std::move(what), {}};
  }

  /// Empty if it is there under no name, or null.
  std::optional<dom::element> Find(Spellings names) {
    std::optional<dom::element> found;
    std::string_view under;
    for (const std::string_view name : names) {
      dom::element value;
      if (fields_[name].get(value) != simdjson::SUCCESS || value.is_null()) continue;
      if (found && std::string(simdjson::minify(*found)) != std::string(simdjson::minify(value))) {
        Refuse("APR_METADATA_CONFLICT",
               fmt::format("{} is {}, {} is {}", under, simdjson::minify(*found), name,
                           simdjson::minify(value)));
      }
      if (!found) under = name;
      found = value;
    }
    return found;
  }

  std::uint64_t Size(Spellings names, std::optional<std::uint64_t> absent = {}) {
    const auto value = Find(names);
    if (!value) {
      if (!absent) Refuse("CONFIG_FIELD", fmt::format("{} is missing", names.front()));
      return absent.value_or(1);
    }
    std::uint64_t size = 0;
    if (value->get_uint64().get(size) == simdjson::SUCCESS && size > 0 && size <= kMostSize) {
      return size;
    }
    Refuse("CONFIG_FIELD", fmt::format("{} is {}, expected an integer from 1 to {}", names.front(),
                                       simdjson::minify(*value), kMostSize));
    return 1;
  }

  double Positive(Spellings names, double absent) {
    const auto value = Find(names);
    double number = absent;
    if (value && (value->get_double().get(number) != simdjson::SUCCESS || !(number > 0))) {
      Refuse("CONFIG_FIELD", fmt::format("{} is {}, expected a number above 0", names.front(),
                                         simdjson::minify(*value)));
    }
    return number;
  }

 private:
  dom::object fields_;
  const std::string& path_;
  std::optional<Error> error_;
};

/// Writers also put the kind of model there ("transformer_lm"), so only a known name counts.
std::string KnownArchitecture(dom::object fields) {
  for (const std::string_view name : kArchitecture) {
    std::string_view value;
    if (fields[name].get_string().get(value) != simdjson::SUCCESS) continue;
    if (value == "qwen2" || value == "llama") return std::string(value);
    if (value == "mistral") return "llama";
  }
  return "";
}

bool Tied(FieldReader& fields, const Header& header) {
  bool tied = false;
  const auto value = fields.Find(kTied);
  if (value) {
    if (value->get_bool().get(tied) == simdjson::SUCCESS) return tied;
    fields.Refuse("CONFIG_FIELD", fmt::format("{} is {}, expected true or false", kTied.front(),
                                              std::string(simdjson::minify(*value))));
  }
  return FindCanonical(header, "lm_head.weight") == nullptr;
}

ModelConfig ReadFields(FieldReader& fields, const Header& header, std::string architecture) {
  ModelConfig config;
  config.architecture = std::move(architecture);
  config.hidden_size = fields.Size(kHidden);
  config.intermediate_size = fields.Size(kIntermediate);
  config.layers = fields.Size(kLayers);
  config.heads = fields.Size(kHeads);
  config.kv_heads = fields.Size(kKvHeads, config.heads);
  config.vocab_size = fields.Size(kVocabulary);
  config.head_dim =
      fields.Size(kHeadDim, std::max<std::uint64_t>(1, config.hidden_size / config.heads));
  config.rope_theta = fields.Positive(kTheta, config.rope_theta);
  config.rms_norm_eps = fields.Positive(kEps, config.rms_norm_eps);
  config.max_positions = fields.Size(kPositions, 0);
  config.tied_embeddings = Tied(fields, header);
  config.qkv_bias = FindCanonical(header, "model.layers.0.self_attn.q_proj.bias") != nullptr;
  std::uint64_t rope_type = 2;
  if (const auto value = fields.Find(kRopeType)) {
    if (value->get_uint64().get(rope_type) != simdjson::SUCCESS ||
        (rope_type != 0 && rope_type != 2)) {
      fields.Refuse("CONFIG_FIELD",
                    fmt::format("rope_type is {}, expected 0 or 2", simdjson::minify(*value)));
    }
  }
  config.rope_pairs = rope_type == 0 ? RopePairs::kAdjacent : RopePairs::kHalves;
  if (config.heads % config.kv_heads != 0 || config.head_dim % 2 != 0) {
    fields.Refuse("CONFIG_FIELD",
                  fmt::format("{} heads of {} elements with {} key-value heads contradict each "
                              "other",
                              config.heads, config.head_dim, config.kv_heads));
  }
  return config;
}

}  // namespace

Result<ModelConfig> AprConfig(const Header& parsed, const std::string& path) {
  const auto& header = dynamic_cast<const AprHeader&>(parsed);
  const std::string_view text = header.metadata_json();
  dom::parser parser;
  dom::object object;
  auto error = parser.allocate(std::max(text.size(), kLeastCapacity), kMostLevels);
  if (!error) error = parser.parse(text.data(), text.size()).get_object().get(object);
  if (error) {
    return Fail({"CONFIG_JSON",
                 path,
                 fmt::format("metadata is not a JSON object: {}", simdjson::error_message(error)),
                 {}});
  }
  std::string architecture = KnownArchitecture(object);
  if (architecture.empty()) return ReadConfigBeside(path);
  FieldReader fields(object, path);
  ModelConfig config = ReadFields(fields, header, std::move(architecture));
  if (fields.error()) return Fail(*fields.error());
  return config;
}

}  // namespace falsify::loaders
