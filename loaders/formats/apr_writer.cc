#include "loaders/formats/apr_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "loaders/formats/apr_layout.h"
#include "nlohmann/json.hpp"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

tl::unexpected<Error> Refuse(std::string code, const std::string& tensor, std::string what,
                             std::string hint = {}) {
  return Fail(
      {std::move(code), fmt::format("tensor \"{}\"", tensor), std::move(what), std::move(hint)});
}

template <class T>
void Append(std::string& text, T value) {
  std::array<char, sizeof(T)> raw;
  std::memcpy(raw.data(), &value, sizeof(T));
  text.append(raw.data(), raw.size());
}

template <class T>
void Store(std::string& text, std::size_t at, T value) {
  std::memcpy(text.data() + at, &value, sizeof(T));
}

void PadTo64(std::string& text) {
  text.resize((text.size() + kAprAlignment - 1) / kAprAlignment * kAprAlignment, '\0');
}

/// Fields that aprender names, and under names of our own what it has none for.
void AddVocabulary(const Vocabulary& vocabulary, nlohmann::ordered_json& json) {
  json["tokenizer.model"] = "gpt2";
  json["tokenizer.pre"] = vocabulary.pre_tokenizer->name;
  json["tokenizer.vocabulary"] = vocabulary.tokens;
  json["tokenizer.token_type"] = vocabulary.types;
  json["tokenizer.merges"] = vocabulary.merges;
  json["tokenizer.vocab_size"] = vocabulary.tokens.size();
  if (vocabulary.bos) json["tokenizer.bos_token_id"] = *vocabulary.bos;
  if (vocabulary.eos) json["tokenizer.eos_token_id"] = *vocabulary.eos;
  if (vocabulary.pad) json["tokenizer.pad_token_id"] = *vocabulary.pad;
  json["tokenizer.add_bos_token"] = vocabulary.add_bos;
  if (!vocabulary.chat_template.empty()) json["chat_template"] = vocabulary.chat_template;
}

Result<std::string> MetadataOf(const ModelToWrite& model) {
  nlohmann::ordered_json json = {{"model_type", "transformer_lm"}, {"version", "2.0"}};
  if (model.config != nullptr) {
    const ModelConfig& config = *model.config;
    json["architecture"] = config.architecture;
    json["hidden_size"] = config.hidden_size;
    json["num_layers"] = config.layers;
    json["num_heads"] = config.heads;
    json["num_kv_heads"] = config.kv_heads;
    json["vocab_size"] = config.vocab_size;
    json["intermediate_size"] = config.intermediate_size;
    if (config.max_positions > 0) json["max_position_embeddings"] = config.max_positions;
    json["rope_theta"] = config.rope_theta;
    json["rope_type"] = config.rope_pairs == RopePairs::kAdjacent ? 0 : 2;
    json["rms_norm_eps"] = config.rms_norm_eps;
    json["head_dim"] = config.head_dim;
    json["tied_embeddings"] = config.tied_embeddings;
  }
  if (model.vocabulary != nullptr) {
    AddVocabulary(*model.vocabulary, json);
  }
  std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (text.size() <= kAprMostMetadataBytes) return text;
  return Fail(
      {"APR_METADATA", "APR",
       fmt::format("metadata of {} B, expected at most {} B", text.size(), kAprMostMetadataBytes),
       "its vocabulary is too large for this format"});
}

Result<std::uint64_t> BytesOf(const TensorToWrite& tensor) {
  if (!AprIdOf(tensor.dtype)) {
    return Refuse(
        "APR_DTYPE", tensor.name,
        fmt::format("APR has no id for {} that all readers agree on", Traits(tensor.dtype).name),
        "convert it to BF16, F16 or F32 (--dtype)");
  }
  if (tensor.name.empty() || tensor.name.size() > kAprMostNameBytes) {
    return Refuse("APR_NAME", tensor.name,
                  fmt::format("the name has {} B, expected 1 to {} B", tensor.name.size(),
                              kAprMostNameBytes));
  }
  if (!simdjson::validate_utf8(tensor.name.data(), tensor.name.size())) {
    return Refuse("APR_NAME", tensor.name, "the name is not valid UTF-8");
  }
  if (tensor.shape.size() > kAprMostDims) {
    return Refuse(
        "APR_NDIM", tensor.name,
        fmt::format("has {} dims, expected at most {}", tensor.shape.size(), kAprMostDims));
  }
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t dim : tensor.shape) {
    if (elements) elements = CheckedMultiply(*elements, dim);
  }
  const auto bytes = elements ? StorageBytes(tensor.dtype, *elements) : std::nullopt;
  if (bytes) return *bytes;
  return Refuse("APR_OVERFLOW", tensor.name, "takes more than 2^64 - 1 B, or no whole blocks");
}

std::vector<std::size_t> ByName(std::span<const TensorToWrite> tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return tensors[a].name < tensors[b].name; });
  return order;
}

void AppendEntry(const TensorToWrite& tensor, const ByteRange& range, std::string& index) {
  Append(index, static_cast<std::uint16_t>(tensor.name.size()));
  index += tensor.name;
  Append(index, *AprIdOf(tensor.dtype));
  Append(index, static_cast<std::uint8_t>(tensor.shape.size()));
  for (const std::uint64_t dim : tensor.shape) Append(index, dim);
  Append(index, range.offset);
  Append(index, range.size);
}

std::uint16_t FlagsOf(const ModelToWrite& model) {
  std::uint16_t flags = kAprRowMajor;
  if (model.vocabulary != nullptr) flags |= kAprVocabulary;
  for (const TensorToWrite& tensor : model.tensors) {
    if (Traits(tensor.dtype).block_elements > 1) flags |= kAprQuantized;
  }
  return flags;
}

std::string Assemble(const ModelToWrite& model, std::string metadata, std::string index) {
  std::string header(kAprHeaderBytes, '\0');
  std::memcpy(header.data(), "APR\0\2\0", 6);
  Store(header, 6, FlagsOf(model));
  Store(header, 8, static_cast<std::uint32_t>(model.tensors.size()));
  Store(header, 12, kAprHeaderBytes);
  Store(header, 20, static_cast<std::uint32_t>(metadata.size()));
  PadTo64(metadata);
  PadTo64(index);
  Store(header, 24, std::uint64_t{kAprHeaderBytes + metadata.size()});
  Store(header, 32, std::uint64_t{kAprHeaderBytes + metadata.size() + index.size()});
  Store(header, kAprChecksumAt, AprHeaderChecksum(std::as_bytes(std::span(header))));
  return header + metadata + index;
}

}  // namespace

Result<FilePlan> PlanApr(const ModelToWrite& model) {
  FilePlan plan;
  plan.ranges.resize(model.tensors.size());
  plan.crc32_footer = true;
  std::string index;
  std::uint64_t offset = 0;
  const TensorToWrite* before = nullptr;
  for (const std::size_t i : ByName(model.tensors)) {
    const TensorToWrite& tensor = model.tensors[i];
    const Result<std::uint64_t> bytes = BytesOf(tensor);
    if (!bytes) return Fail(bytes.error());
    if (before != nullptr && before->name == tensor.name) {
      return Refuse("APR_ORDER", tensor.name, "is there twice");
    }
    before = &tensor;
    plan.ranges[i] = {.offset = offset, .size = *bytes};
    AppendEntry(tensor, plan.ranges[i], index);
    const auto end = CheckedAdd(offset, *bytes);
    const auto next = end ? CheckedAlign(*end, kAprAlignment) : std::nullopt;
    if (!next) return Refuse("APR_OVERFLOW", tensor.name, "ends beyond 2^64 - 1 B");
    offset = *next;
  }
  Result<std::string> metadata = MetadataOf(model);
  if (!metadata) return Fail(std::move(metadata.error()));
  plan.header = Assemble(model, std::move(*metadata), std::move(index));
  for (ByteRange& range : plan.ranges) range.offset += plan.header.size();
  const auto file_bytes = CheckedAdd(plan.header.size() + kAprFooterBytes, offset);
  if (!file_bytes) return Refuse("APR_OVERFLOW", "", "the file has more than 2^64 - 1 B");
  plan.file_bytes = *file_bytes;
  return plan;
}

}  // namespace falsify::loaders
