#include "loaders/formats/gguf_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "loaders/canonical_name.h"
#include "loaders/formats/gguf_types.h"
#include "loaders/formats/gguf_values.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kAlignment = 32;
constexpr std::size_t kMostNameBytes = 63;
constexpr std::size_t kMostDims = 4;
constexpr std::uint64_t kDefaultContext = 32768;

tl::unexpected<Error> Refuse(std::string code, const std::string& tensor, std::string what) {
  return Fail({std::move(code), fmt::format("tensor \"{}\"", tensor), std::move(what), {}});
}

/// Little-endian fields, appended.
class Bytes {
 public:
  template <class T>
  void Number(T value) {
    std::array<char, sizeof(T)> raw;
    std::memcpy(raw.data(), &value, sizeof(T));
    text_.append(raw.data(), raw.size());
  }
  void Text(std::string_view text) {
    Number(std::uint64_t{text.size()});
    text_.append(text);
  }
  void PadTo(std::uint64_t alignment) {
    text_.resize((text_.size() + alignment - 1) / alignment * alignment, '\0');
  }
  std::string& text() { return text_; }

 private:
  std::string text_;
};

/// Keys and their values, counted.
class Metadata {
 public:
  void Text(std::string_view key, std::string_view value) {
    Begin(key, GgufType::kString);
    bytes_.Text(value);
  }
  void U32(std::string_view key, std::uint64_t value) {
    Begin(key, GgufType::kU32);
    bytes_.Number(static_cast<std::uint32_t>(value));
  }
  void F32(std::string_view key, double value) {
    Begin(key, GgufType::kF32);
    bytes_.Number(static_cast<float>(value));
  }
  void Bool(std::string_view key, bool value) {
    Begin(key, GgufType::kBool);
    bytes_.Number(static_cast<std::uint8_t>(value ? 1 : 0));
  }
  void Texts(std::string_view key, const std::vector<std::string>& values) {
    BeginArray(key, GgufType::kString, values.size());
    for (const std::string& value : values) bytes_.Text(value);
  }
  void I32s(std::string_view key, const std::vector<std::int32_t>& values) {
    BeginArray(key, GgufType::kI32, values.size());
    for (const std::int32_t value : values) bytes_.Number(value);
  }

  std::uint64_t count() const { return count_; }
  const std::string& text() { return bytes_.text(); }

 private:
  void Begin(std::string_view key, GgufType type) {
    ++count_;
    bytes_.Text(key);
    bytes_.Number(static_cast<std::uint32_t>(type));
  }
  void BeginArray(std::string_view key, GgufType element, std::size_t count) {
    Begin(key, GgufType::kArray);
    bytes_.Number(static_cast<std::uint32_t>(element));
    bytes_.Number(std::uint64_t{count});
  }

  std::uint64_t count_ = 0;
  Bytes bytes_;
};

/// llama.cpp's number for the dtype that the most elements have (include/llama.h, llama_ftype);
/// empty for one that it has none for.
std::optional<std::uint32_t> FileType(std::span<const TensorToWrite> tensors) {
  std::map<Dtype, std::uint64_t> elements;
  for (const TensorToWrite& tensor : tensors) {
    std::uint64_t count = 1;
    for (const std::uint64_t dim : tensor.shape) count *= dim;
    elements[tensor.dtype] += count;
  }
  const auto most = std::max_element(elements.begin(), elements.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  if (most == elements.end()) return std::nullopt;
  switch (most->first) {
    case Dtype::kF32:
      return 0;
    case Dtype::kF16:
      return 1;
    case Dtype::kQ4_0:
      return 2;
    case Dtype::kQ4_1:
      return 3;
    case Dtype::kQ8_0:
      return 7;
    case Dtype::kQ5_0:
      return 8;
    case Dtype::kQ5_1:
      return 9;
    case Dtype::kQ2_K:
      return 10;
    case Dtype::kQ3_K:
      return 12;
    case Dtype::kQ4_K:
      return 15;
    case Dtype::kQ5_K:
      return 17;
    case Dtype::kQ6_K:
      return 18;
    case Dtype::kIQ4_NL:
      return 25;
    case Dtype::kIQ4_XS:
      return 30;
    case Dtype::kBF16:
      return 32;
    default:
      return std::nullopt;
  }
}

/// Tokens are filled up to the rows of the embedding, which is what llama.cpp counts them by.
void AddVocabulary(const Vocabulary* vocabulary, std::uint64_t rows, Metadata& metadata) {
  if (vocabulary == nullptr) {
    metadata.Text("tokenizer.ggml.model", "no_vocab");
    return;
  }
  std::vector<std::string> tokens = vocabulary->tokens;
  std::vector<std::int32_t> types;
  for (const TokenType type : vocabulary->types) types.push_back(static_cast<std::int32_t>(type));
  for (std::uint64_t id = tokens.size(); id < rows; ++id) {
    tokens.push_back(UnusedTokenName(id));
    types.push_back(static_cast<std::int32_t>(TokenType::kUnused));
  }
  metadata.Text("tokenizer.ggml.model", "gpt2");
  metadata.Text("tokenizer.ggml.pre", vocabulary->pre_tokenizer->name);
  metadata.Texts("tokenizer.ggml.tokens", tokens);
  metadata.I32s("tokenizer.ggml.token_type", types);
  metadata.Texts("tokenizer.ggml.merges", vocabulary->merges);
  if (vocabulary->bos) metadata.U32("tokenizer.ggml.bos_token_id", *vocabulary->bos);
  if (vocabulary->eos) metadata.U32("tokenizer.ggml.eos_token_id", *vocabulary->eos);
  if (vocabulary->pad) metadata.U32("tokenizer.ggml.padding_token_id", *vocabulary->pad);
  metadata.Bool("tokenizer.ggml.add_bos_token", vocabulary->add_bos);
  if (!vocabulary->chat_template.empty()) {
    metadata.Text("tokenizer.chat_template", vocabulary->chat_template);
  }
}

Metadata MetadataOf(const ModelToWrite& model) {
  const ModelConfig& config = *model.config;
  Metadata metadata;
  const auto key = [&](std::string_view name) {
    return fmt::format("{}.{}", config.architecture, name);
  };
  metadata.Text("general.architecture", config.architecture);
  metadata.Text("general.type", "model");
  if (const auto type = FileType(model.tensors)) metadata.U32("general.file_type", *type);
  const bool in_blocks = std::any_of(
      model.tensors.begin(), model.tensors.end(),
      [](const TensorToWrite& tensor) { return Traits(tensor.dtype).block_elements > 1; });
  if (in_blocks) metadata.U32("general.quantization_version", 2);
  metadata.U32(key("context_length"),
               config.max_positions == 0 ? kDefaultContext : config.max_positions);
  metadata.U32(key("embedding_length"), config.hidden_size);
  metadata.U32(key("block_count"), config.layers);
  metadata.U32(key("feed_forward_length"), config.intermediate_size);
  metadata.U32(key("attention.head_count"), config.heads);
  metadata.U32(key("attention.head_count_kv"), config.kv_heads);
  metadata.U32(key("attention.key_length"), config.head_dim);
  metadata.U32(key("attention.value_length"), config.head_dim);
  metadata.U32(key("rope.dimension_count"), config.head_dim);
  metadata.F32(key("rope.freq_base"), config.rope_theta);
  metadata.F32(key("attention.layer_norm_rms_epsilon"), config.rms_norm_eps);
  metadata.U32(key("vocab_size"), config.vocab_size);
  AddVocabulary(model.vocabulary, config.vocab_size, metadata);
  return metadata;
}

Result<std::uint64_t> BytesOf(const TensorToWrite& tensor) {
  if (!GgufIdOf(tensor.dtype)) {
    return Refuse("GGUF_TENSOR_TYPE", tensor.name,
                  fmt::format("GGUF has no type {}", Traits(tensor.dtype).name));
  }
  if (tensor.shape.size() > kMostDims) {
    return Refuse("GGUF_NDIMS", tensor.name,
                  fmt::format("has {} dims, expected at most {}", tensor.shape.size(), kMostDims));
  }
  const DtypeTraits& traits = Traits(tensor.dtype);
  const std::uint64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (row % traits.block_elements != 0) {
    return Refuse("GGUF_BLOCK", tensor.name,
                  fmt::format("rows of {} elements fill no whole {} blocks of {}", row, traits.name,
                              traits.block_elements));
  }
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t dim : tensor.shape) {
    if (elements) elements = CheckedMultiply(*elements, dim);
  }
  const auto bytes = elements ? StorageBytes(tensor.dtype, *elements) : std::nullopt;
  if (bytes) return *bytes;
  return Refuse("GGUF_OVERFLOW", tensor.name, "takes more than 2^64 - 1 B");
}

Result<void> AddInfo(const TensorToWrite& tensor, const std::string& name, std::uint64_t offset,
                     Bytes& infos) {
  if (name.find('\0') != std::string::npos) {
    return Refuse("GGUF_NAME", tensor.name, "the name holds a zero byte");
  }
  if (name.size() > kMostNameBytes) {
    return Refuse(
        "GGUF_NAME", tensor.name,
        fmt::format("the name has {} B, expected at most {}", name.size(), kMostNameBytes));
  }
  infos.Text(name);
  infos.Number(static_cast<std::uint32_t>(tensor.shape.size()));
  for (std::size_t i = tensor.shape.size(); i > 0; --i) infos.Number(tensor.shape[i - 1]);
  infos.Number(*GgufIdOf(tensor.dtype));
  infos.Number(offset);
  return {};
}

}  // namespace

Result<FilePlan> PlanGguf(const ModelToWrite& model) {
  if (model.config == nullptr) {
    return Fail({"GGUF_META_MISSING", "GGUF",
                 "the model has no configuration, and its header needs "
                 "one",
                 "put the model's config.json beside it"});
  }
  if (model.vocabulary != nullptr && model.vocabulary->tokens.size() > model.config->vocab_size) {
    return Fail({"GGUF_META_VALUE", "GGUF",
                 fmt::format("{} tokens for an embedding of {} rows",
                             model.vocabulary->tokens.size(), model.config->vocab_size),
                 "the tokenizer beside the model is another model's"});
  }
  FilePlan plan;
  Bytes infos;
  std::set<std::string> names;
  std::uint64_t offset = 0;
  for (const TensorToWrite& tensor : model.tensors) {
    const Result<std::uint64_t> bytes = BytesOf(tensor);
    if (!bytes) return Fail(bytes.error());
    const auto [name, first] = names.insert(GgufName(tensor.name));
    if (!first) return Refuse("GGUF_DUP_TENSOR", *name, "is there twice");
    if (Result<void> added = AddInfo(tensor, *name, offset, infos); !added) {
      return Fail(added.error());
    }
    plan.ranges.push_back({.offset = offset, .size = *bytes});
    const auto end = CheckedAdd(offset, *bytes);
    const auto next = end ? CheckedAlign(*end, kAlignment) : std::nullopt;
    if (!next) return Refuse("GGUF_OVERFLOW", tensor.name, "ends beyond 2^64 - 1 B");
    offset = *next;
  }
  Metadata metadata = MetadataOf(model);
  Bytes header;
  header.text() = "GGUF";
  header.Number(std::uint32_t{3});
  header.Number(std::uint64_t{model.tensors.size()});
  header.Number(metadata.count());
  header.text() += metadata.text();
  header.text() += infos.text();
  if (!model.tensors.empty()) header.PadTo(kAlignment);
  plan.header = std::move(header.text());
  const auto file_bytes = CheckedAdd(plan.header.size(), offset);
  if (!file_bytes) return Refuse("GGUF_OVERFLOW", "", "the file has more than 2^64 - 1 B");
  for (ByteRange& range : plan.ranges) range.offset += plan.header.size();
  plan.file_bytes = *file_bytes;
  return plan;
}

}  // namespace falsify::loaders
