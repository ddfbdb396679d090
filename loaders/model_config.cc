#include "loaders/model_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "loaders/sources/small_file.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 20;
constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kLeastCapacity = 64;
constexpr std::uint64_t kMostSize = std::numeric_limits<std::int32_t>::max();

struct Architecture {
  std::string_view model_type;
  std::string_view class_name;
  std::string_view runs_as;
};

constexpr std::array kArchitectures = {
    Architecture{"llama", "LlamaForCausalLM", "llama"},
    Architecture{"mistral", "MistralForCausalLM", "llama"},
    Architecture{"qwen2", "Qwen2ForCausalLM", "qwen2"},
};

/// Reads fields one after the other; after the first error it reads no more and keeps that error.
/// A field that is absent or null takes its default.
class FieldReader {
 public:
  FieldReader(dom::object fields, std::string where) : fields_(fields), where_(std::move(where)) {}

  std::uint64_t Size(std::string_view name, std::optional<std::uint64_t> absent = {}) {
    const std::optional<dom::element> value = Find(name);
    if (!value) return absent ? *absent : (Refuse(name, "is missing"), 0);
    std::uint64_t size = 0;
    if (value->get_uint64().get(size) != simdjson::SUCCESS || size == 0 || size > kMostSize) {
      Refuse(name, fmt::format("is {}, expected an integer from 1 to {}", simdjson::minify(*value),
                               kMostSize));
    }
    return size;
  }

  double Positive(std::string_view name, double absent) {
    const std::optional<dom::element> value = Find(name);
    double number = absent;
    if (!value) return number;
    if (value->get_double().get(number) != simdjson::SUCCESS || !(number > 0)) {
      Refuse(name, fmt::format("is {}, expected a number above 0", simdjson::minify(*value)));
    }
    return number;
  }

  bool Flag(std::string_view name) {
    const std::optional<dom::element> value = Find(name);
    bool flag = false;
    if (value && value->get_bool().get(flag) != simdjson::SUCCESS) {
      Refuse(name, fmt::format("is {}, expected true or false", simdjson::minify(*value)));
    }
    return flag;
  }

  std::string_view Text(std::string_view name, std::string_view absent) {
    const std::optional<dom::element> value = Find(name);
    std::string_view text = absent;
    if (value && value->get_string().get(text) != simdjson::SUCCESS) {
      Refuse(name, fmt::format("is {}, expected a string", simdjson::minify(*value)));
    }
    return text;
  }

  /// Empty if the field is absent or null.
  std::optional<dom::element> Find(std::string_view name) {
    std::optional<dom::element> found;
    for (const dom::key_value_pair field : fields_) {
      if (field.key != name) continue;
      if (found) Refuse(name, "is given twice");
      found = field.value;
    }
    return found && found->is_null() ? std::nullopt : found;
  }

  void Refuse(std::string_view name, std::string_view what) {
    Refuse({"CONFIG_FIELD", where_, fmt::format("{} {}", name, what), {}});
  }

  void Refuse(Error error) {
    if (!error_) error_ = std::move(error);
  }

  const std::string& where() const { return where_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  dom::object fields_;
  std::string where_;
  std::optional<Error> error_;
};

void RefuseArchitecture(FieldReader& fields, std::string what) {
  fields.Refuse({"CONFIG_ARCHITECTURE", fields.where(), std::move(what), {}});
}

/// What the decoder would have to do and does not: better refused than computed wrongly.
void CheckDecodable(FieldReader& fields, std::string_view runs_as) {
  if (const auto scaling = fields.Find("rope_scaling")) {
    RefuseArchitecture(fields,
                       fmt::format("rope_scaling is {}, expected null: the decoder scales no rope",
                                   simdjson::minify(*scaling)));
  }
  const std::string_view activation = fields.Text("hidden_act", "silu");
  if (activation != "silu") {
    RefuseArchitecture(fields, fmt::format("hidden_act is \"{}\", expected \"silu\"", activation));
  }
  for (const std::string_view unsupported : {"attention_bias", "mlp_bias", "use_sliding_window"}) {
    const bool ignored = unsupported == "attention_bias" && runs_as == "qwen2";
    if (!ignored && fields.Flag(unsupported)) {
      RefuseArchitecture(fields, fmt::format("{} is true, expected false", unsupported));
    }
  }
}

/// The entry that `model_type` and `architectures` name; null, and an error in `fields`, if none.
const Architecture* FindArchitecture(FieldReader& fields) {
  const std::string_view model_type = fields.Text("model_type", "");
  std::string_view class_name;
  if (const auto classes = fields.Find("architectures")) {
    if (classes->at_pointer("/0").get_string().get(class_name) != simdjson::SUCCESS) {
      fields.Refuse("architectures", "is not a list of names");
    }
  }
  if (model_type.empty() && class_name.empty()) {
    fields.Refuse("model_type", "is missing");
    return nullptr;
  }
  for (const Architecture& known : kArchitectures) {
    const bool type_fits = model_type.empty() || model_type == known.model_type;
    const bool class_fits = class_name.empty() || class_name == known.class_name;
    if (type_fits && class_fits) return &known;
  }
  RefuseArchitecture(fields, fmt::format("model_type \"{}\" with architecture \"{}\", expected "
                                         "llama, mistral or qwen2 for causal language modelling",
                                         model_type, class_name));
  return nullptr;
}

double RopeTheta(FieldReader& fields) {
  constexpr double kDefaultTheta = 10000.0;
  const auto nested = fields.Find("rope_parameters");
  dom::object parameters;
  if (!nested || nested->get_object().get(parameters) != simdjson::SUCCESS) {
    return fields.Positive("rope_theta", kDefaultTheta);
  }
  FieldReader rope(parameters, fields.where());
  const std::string_view type = rope.Text("rope_type", "default");
  const double theta = rope.Positive("rope_theta", kDefaultTheta);
  if (rope.error()) fields.Refuse(*rope.error());
  if (type != "default") {
    RefuseArchitecture(fields, fmt::format("rope_type is \"{}\", expected \"default\"", type));
  }
  return theta;
}

void CheckSizes(FieldReader& fields, const ModelConfig& config) {
  if (config.heads % config.kv_heads != 0) {
    fields.Refuse("num_key_value_heads", fmt::format("is {}, expected a divisor of the {} heads",
                                                     config.kv_heads, config.heads));
  }
  if (config.head_dim % 2 != 0) {
    fields.Refuse("head_dim", fmt::format("is {}, expected an even number", config.head_dim));
  }
}

std::uint64_t HeadDim(FieldReader& fields, const ModelConfig& config) {
  if (fields.Find("head_dim")) return fields.Size("head_dim");
  if (config.hidden_size % config.heads != 0) {
    fields.Refuse("hidden_size", fmt::format("is {}, expected a multiple of the {} heads",
                                             config.hidden_size, config.heads));
  }
  return config.hidden_size / config.heads;
}

Result<ModelConfig> ReadFields(FieldReader fields) {
  ModelConfig config;
  if (const Architecture* architecture = FindArchitecture(fields)) {
    config.architecture = architecture->runs_as;
    config.qkv_bias = architecture->runs_as == "qwen2";
    CheckDecodable(fields, architecture->runs_as);
  }
  config.hidden_size = fields.Size("hidden_size");
  config.intermediate_size = fields.Size("intermediate_size");
  config.layers = fields.Size("num_hidden_layers");
  config.heads = fields.Size("num_attention_heads");
  config.kv_heads = fields.Size("num_key_value_heads", config.heads);
  config.vocab_size = fields.Size("vocab_size");
  config.rope_theta = RopeTheta(fields);
  config.rms_norm_eps = fields.Positive("rms_norm_eps", config.rms_norm_eps);
  config.tied_embeddings = fields.Flag("tie_word_embeddings");
  config.max_positions = fields.Size("max_position_embeddings", 0);
  if (fields.error()) return Fail(*fields.error());
  config.head_dim = HeadDim(fields, config);
  CheckSizes(fields, config);
  if (fields.error()) return Fail(*fields.error());
  return config;
}

}  // namespace

Result<ModelConfig> ParseConfig(const std::string& text, const std::string& where) {
  dom::parser parser;
  dom::object fields;
  auto error = parser.allocate(std::max(text.size(), kLeastCapacity), kMostLevels);
  if (!error) error = parser.parse(text).get_object().get(fields);
  if (!error) return ReadFields(FieldReader(fields, where));
  return Fail({"CONFIG_JSON",
               where,
               fmt::format("is not a JSON object: {}", simdjson::error_message(error)),
               {}});
}

Result<ModelConfig> ReadConfigBeside(const std::string& model_path) {
  const std::string path =
      (std::filesystem::path(model_path).parent_path() / "config.json").string();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) && !ignored) {
    return Fail({"CONFIG_MISSING", path, "no such file, expected beside the model", {}});
  }
  const Result<std::string> text = ReadSmallFile(path, kMostBytes, "CONFIG_JSON");
  return text ? ParseConfig(*text, path) : Fail(text.error());
}

}  // namespace falsify::loaders
