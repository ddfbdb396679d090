#include "loaders/formats/safetensors_writer.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kAlignment = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::string_view kMetadataKey = "__metadata__";

Result<std::uint64_t> BytesOf(const TensorToWrite& tensor) {
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t dim : tensor.shape) {
    if (elements) elements = CheckedMultiply(*elements, dim);
  }
  const DtypeTraits& traits = Traits(tensor.dtype);
  if (!IsSafetensors(tensor.dtype)) {
    return Fail({.code = "ST_DTYPE",
                 .where = tensor.name,
                 .what = fmt::format("SafeTensors has no dtype {}", traits.name),
                 .hint = "convert it to BF16, F16 or F32 (--dtype)"});
  }
  if (elements && *elements % traits.block_elements != 0) {
    return Fail({.code = "ST_MISALIGNED",
                 .where = tensor.name,
                 .what = fmt::format("{} elements of {} fill no whole bytes; expected a multiple "
                                     "of {}",
                                     *elements, traits.name, traits.block_elements),
                 .hint = {}});
  }
  const auto bytes = elements ? StorageBytes(tensor.dtype, *elements) : std::nullopt;
  if (!bytes) {
    return Fail({.code = "ST_OVERFLOW",
                 .where = tensor.name,
                 .what = fmt::format("shape [{}] of {} takes more than 2^64 bytes",
                                     fmt::join(tensor.shape, ","), traits.name),
                 .hint = {}});
  }
  return *bytes;
}

Result<std::string> Quoted(const std::string& name) {
  if (!simdjson::validate_utf8(name)) {
    return Fail({.code = "ST_UTF8",
                 .where = name,
                 .what = "the tensor's name is not valid UTF-8",
                 .hint = {}});
  }
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::vector<std::size_t> FileOrder(std::span<const TensorToWrite> tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(tensors[b].dtype, tensors[a].name) <
           std::tie(tensors[a].dtype, tensors[b].name);
  });
  return order;
}

Result<void> CheckNames(std::span<const TensorToWrite> tensors) {
  std::vector<std::string_view> names = {kMetadataKey};
  for (const TensorToWrite& tensor : tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return Fail({.code = "ST_DUPLICATE_KEY",
               .where = std::string(*twice),
               .what = *twice == kMetadataKey ? "the name is reserved for the file's metadata"
                                              : "two tensors have this name",
               .hint = {}});
}

/// The length prefix and `json`, padded so that what follows is aligned.
Result<std::string> Frame(const std::string& json) {
  const std::size_t bytes = (json.size() + kAlignment - 1) / kAlignment * kAlignment;
  if (bytes > kMaxHeaderBytes) {
    return Fail({.code = "ST_HEADER_TOO_LARGE",
                 .where = {},
                 .what = fmt::format("header of {} B; readers accept {} B", bytes, kMaxHeaderBytes),
                 .hint = "write shards"});
  }
  std::string header;
  header.reserve(kPrefixBytes + bytes);
  for (std::size_t i = 0; i < kPrefixBytes; ++i) {
    header.push_back(static_cast<char>((std::uint64_t{bytes} >> (8 * i)) & 0xFF));
  }
  header += json;
  header.append(bytes - json.size(), ' ');
  return header;
}

}  // namespace

Result<FilePlan> PlanSafetensors(const ModelToWrite& model) {
  const std::span<const TensorToWrite> tensors = model.tensors;
  if (auto named = CheckNames(tensors); !named) return tl::unexpected(named.error());
  FilePlan plan;
  plan.ranges.resize(tensors.size());
  std::string json = fmt::format(R"({{"{}":{{"format":"pt"}})", kMetadataKey);
  std::uint64_t begin = 0;
  for (const std::size_t i : FileOrder(tensors)) {
    const TensorToWrite& tensor = tensors[i];
    const auto bytes = BytesOf(tensor);
    if (!bytes) return tl::unexpected(bytes.error());
    const auto name = Quoted(tensor.name);
    if (!name) return tl::unexpected(name.error());
    const auto end = CheckedAdd(begin, *bytes);
    if (!end || !CheckedAdd(*end, kPrefixBytes + kMaxHeaderBytes)) {
      return Fail({.code = "ST_OVERFLOW",
                   .where = tensor.name,
                   .what = "the tensors up to here take more than 2^64 bytes",
                   .hint = {}});
    }
    json += fmt::format(R"(,{}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", *name,
                        Traits(tensor.dtype).name, fmt::join(tensor.shape, ","), begin, *end);
    plan.ranges[i] = {.offset = begin, .size = *bytes};
    begin = *end;
  }
  json += '}';
  auto header = Frame(json);
  if (!header) return tl::unexpected(header.error());
  plan.header = std::move(*header);
  for (ByteRange& range : plan.ranges) range.offset += plan.header.size();
  plan.file_bytes = plan.header.size() + begin;
  return plan;
}

}  // namespace falsify::loaders
