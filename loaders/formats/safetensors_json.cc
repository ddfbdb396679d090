#include "loaders/formats/safetensors_json.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "fmt/format.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

namespace od = simdjson::ondemand;

constexpr int kMostLevels = 127;  // as the reference reader: the 128th nested bracket is refused
constexpr std::size_t kMostNameBytesShown = 200;
constexpr std::size_t kShortEntryBytes = 64;  // a first guess at how many tensors a header holds

constexpr std::array<std::string_view, 3> kFields = {"dtype", "shape", "data_offsets"};
enum Field : std::size_t { kDtype, kShape, kOffsets, kOther };

std::string Shown(std::string_view name) {
  if (name.size() <= kMostNameBytesShown) return std::string(name);
  return fmt::format("{}... ({} B)", name.substr(0, kMostNameBytesShown), name.size());
}

std::string_view Explain(simdjson::error_code error) {
  switch (error) {
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "a string holds a raw control character";
    case simdjson::STRING_ERROR:
      return "a string holds a bad escape";
    case simdjson::NUMBER_ERROR:
      return "a number is malformed or out of range";
    case simdjson::DEPTH_ERROR:
      return "nested deeper than 127 levels";
    case simdjson::MEMALLOC:
      return "no memory to parse it";
    default:
      return "malformed or cut JSON";
  }
}

std::string_view Describe(od::json_type type) {
  switch (type) {
    case od::json_type::array:
      return "an array";
    case od::json_type::object:
      return "an object";
    case od::json_type::number:
      return "a number";
    case od::json_type::string:
      return "a string";
    case od::json_type::boolean:
      return "a boolean";
    case od::json_type::null:
      return "null";
  }
  return "malformed";
}

/// One pass over one header, front to back.
class JsonReader {
 public:
  JsonReader(std::span<char> text, const std::string& path) : text_(text), path_(path) {}

  Result<DeclaredHeader> Read() {
    if (Result<void> legal = CheckCharacters(); !legal) return Fail(std::move(legal.error()));
    const std::size_t capacity = text_.size() + JsonPaddingBytes();
    od::document document;
    if (const auto error = parser_.iterate(text_.data(), text_.size(), capacity).get(document)) {
      return Refuse(error);
    }
    document_ = &document;
    if (Result<void> read = ReadDocument(); !read) return Fail(std::move(read.error()));
    return std::move(header_);
  }

 private:
  Result<void> CheckCharacters() {
    if (!simdjson::validate_utf8(text_.data(), text_.size())) {
      return Fail({"ST_UTF8", path_, "the header is not valid UTF-8", {}});
    }
    const std::string_view all(text_.data(), text_.size());
    header_.blanks_before = std::min(all.find_first_not_of(" \t\r\n"), all.size());
    if (header_.blanks_before == all.size()) {
      return Fail({"ST_JSON", path_, "the header is empty, expected `{`", {}});
    }
    const char first = all[header_.blanks_before];
    if (first == '{') return {};
    return Fail({"ST_JSON",
                 WhereByte(text_.data() + header_.blanks_before),
                 fmt::format("the header starts with byte {:#04x}, expected `{{` (0x7b)",
                             static_cast<unsigned char>(first)),
                 {}});
  }

  Result<void> ReadDocument() {
    od::object root;
    if (const auto error = document_->get_object().get(root)) return Refuse(error);
    header_.tensors.reserve(text_.size() / kShortEntryBytes + 1);
    header_.dims.reserve(text_.size() / kShortEntryBytes * 2 + 1);
    for (auto next : root) {
      if (const auto error = next.error()) return Refuse(error);
      od::field&& field = std::move(next).value_unsafe();
      std::string_view name;
      if (const auto error = Name(field).get(name)) return Refuse(error);
      Result<void> read =
          name == "__metadata__" ? ReadMetadata(field.value()) : ReadTensor(name, field.value());
      if (!read) return read;
    }
    const char* rest = nullptr;
    if (document_->current_location().get(rest) == simdjson::OUT_OF_BOUNDS) return {};
    return Fail({"ST_JSON", WhereByte(rest), "more follows the header's object", {}});
  }

  Result<void> ReadMetadata(od::value& value) {
    const std::string where = path_ + ": __metadata__";
    if (metadata_seen_) return Fail({"ST_METADATA", where, "is given twice", {}});
    metadata_seen_ = true;
    od::json_type type{};
    if (const auto error = value.type().get(type)) return Refuse(error);
    if (type == od::json_type::null) return CheckScalar(value, type);
    if (type != od::json_type::object) {
      return Fail({"ST_METADATA",
                   where,
                   fmt::format("is {}, expected an object of strings", Describe(type)),
                   {}});
    }
    od::object map;
    if (const auto error = value.get_object().get(map)) return Refuse(error);
    for (auto next : map) {
      if (const auto error = next.error()) return Refuse(error);
      od::field&& field = std::move(next).value_unsafe();
      std::string_view key;
      if (const auto error = Name(field).get(key)) return Refuse(error);
      if (const auto error = field.value().type().get(type)) return Refuse(error);
      if (type != od::json_type::string) {
        return Fail({"ST_METADATA",
                     where,
                     fmt::format("\"{}\" is {}, expected a string", Shown(key), Describe(type)),
                     {}});
      }
      const char* raw = field.value().raw_json_token().data() + 1;
      std::string_view text;
      if (const auto error = field.value().get_string().get(text)) return Refuse(error);
      header_.metadata.emplace_back(key, Keep(raw, text));
    }
    return {};
  }

  Result<void> ReadTensor(std::string_view name, od::value& value) {
    od::object info;
    if (value.get_object().get(info)) return RefuseType(name, "is", value, "an object");
    DeclaredTensor tensor{.name = name,
                          .dtype = Dtype::kBool,
                          .begin = 0,
                          .end = 0,
                          .first_dim = header_.dims.size(),
                          .rank = 0};
    std::array<bool, kFields.size()> seen = {};
    for (auto next : info) {
      if (const auto error = next.error()) return Refuse(error);
      od::field&& field = std::move(next).value_unsafe();
      Field which = kOther;
      if (const auto error = Recognise(field, which)) return Refuse(error);
      if (which == kOther) {
        if (const auto error = Skip(field.value(), 3)) return Refuse(error);
        continue;
      }
      if (seen[which]) return RefuseTensor(name, fmt::format("{} is given twice", kFields[which]));
      seen[which] = true;
      Result<void> read = which == kDtype ? ReadDtype(field.value(), tensor)
                                          : ReadNumbers(which, field.value(), tensor);
      if (!read) return read;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!seen[i]) return RefuseTensor(name, fmt::format("has no {}", kFields[i]));
    }
    header_.tensors.push_back(tensor);
    return {};
  }

  Result<void> ReadNumbers(Field which, od::value& value, DeclaredTensor& tensor) {
    od::array numbers;
    if (value.get_array().get(numbers)) {
      return RefuseType(tensor.name, fmt::format("{} is", kFields[which]), value, "an array");
    }
    std::size_t count = 0;
    for (auto next : numbers) {
      std::uint64_t number = 0;
      if (next.get_uint64().get(number) != simdjson::SUCCESS) {
        if (const auto error = next.error()) return Refuse(error);
        return RefuseTensor(tensor.name,
                            fmt::format("{}[{}] is {}, expected an integer from 0 to 2^64 - 1",
                                        kFields[which], count, ShownToken(next.value_unsafe())));
      }
      if (which == kShape) header_.dims.push_back(number);
      if (which == kOffsets && count < 2) (count == 0 ? tensor.begin : tensor.end) = number;
      ++count;
    }
    if (which == kShape) tensor.rank = count;
    if (which == kShape || count == 2) return {};
    return RefuseTensor(tensor.name,
                        fmt::format("data_offsets holds {} numbers, expected 2", count));
  }

  Result<void> ReadDtype(od::value& value, DeclaredTensor& tensor) {
    std::string_view spelled;
    if (const auto error = value.get_string().get(spelled)) {
      if (error != simdjson::INCORRECT_TYPE) return Refuse(error);
      return RefuseType(tensor.name, "dtype is", value, "a string");
    }
    const std::optional<Dtype> dtype = DtypeFromName(spelled);
    if (!dtype || !IsSafetensors(*dtype)) {
      return Fail({"ST_DTYPE",
                   WhereTensor(path_, tensor.name),
                   fmt::format("dtype is \"{}\", expected one of SafeTensors' own such as BF16, "
                               "F16, F32 (upper case)",
                               Shown(spelled)),
                   {}});
    }
    tensor.dtype = *dtype;
    return {};
  }

  /// Checks the syntax of a value nobody asked for. `level` counts the brackets around it.
  simdjson::error_code Skip(od::value& value, int level) {
    od::json_type type{};
    SIMDJSON_TRY(value.type().get(type));
    if (type != od::json_type::array && type != od::json_type::object) {
      return CheckScalarSyntax(value, type);
    }
    if (level > kMostLevels) return simdjson::DEPTH_ERROR;
    if (type == od::json_type::array) {
      od::array items;
      SIMDJSON_TRY(value.get_array().get(items));
      for (auto next : items) {
        od::value item;
        SIMDJSON_TRY(next.get(item));
        SIMDJSON_TRY(Skip(item, level + 1));
      }
      return simdjson::SUCCESS;
    }
    od::object fields;
    SIMDJSON_TRY(value.get_object().get(fields));
    for (auto next : fields) {
      od::field field;
      SIMDJSON_TRY(std::move(next).get(field));
      SIMDJSON_TRY(Name(field).error());
      SIMDJSON_TRY(Skip(field.value(), level + 1));
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code CheckScalarSyntax(od::value& value, od::json_type type) {
    switch (type) {
      case od::json_type::string:
        return value.get_string().error();
      case od::json_type::number:
        return value.get_double().error();
      case od::json_type::boolean:
        return value.get_bool().error();
      default:
        break;
    }
    bool null = false;
    SIMDJSON_TRY(value.is_null().get(null));
    return null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
  }

  Result<void> CheckScalar(od::value& value, od::json_type type) {
    if (const auto error = CheckScalarSyntax(value, type)) return Refuse(error);
    return {};
  }

  /// The key as text that lives as long as the header's: in place, and for nothing if it has no
  /// escape, which is every name a model trainer ever wrote.
  simdjson::simdjson_result<std::string_view> Name(od::field& field) {
    const char* raw = field.key().raw();
    const auto left = static_cast<std::size_t>(text_.data() + text_.size() - raw);
    const auto* quote = static_cast<const char*>(std::memchr(raw, '"', left));
    const auto bytes = static_cast<std::size_t>(quote - raw);
    if (std::memchr(raw, '\\', bytes) == nullptr) return std::string_view(raw, bytes);
    std::string_view decoded;
    SIMDJSON_TRY(field.unescaped_key().get(decoded));
    return Keep(raw, decoded);
  }

  simdjson::error_code Recognise(od::field& field, Field& which) {
    const char* raw = field.key().raw();
    // Padding makes it legal to compare past the end.
    if (std::memcmp(raw, "dtype\"", 6) == 0) return which = kDtype, simdjson::SUCCESS;
    if (std::memcmp(raw, "shape\"", 6) == 0) return which = kShape, simdjson::SUCCESS;
    if (std::memcmp(raw, "data_offsets\"", 13) == 0) return which = kOffsets, simdjson::SUCCESS;
    std::string_view name;  // may still be one of them, spelled with escapes
    SIMDJSON_TRY(Name(field).get(name));
    const auto* found = std::find(kFields.begin(), kFields.end(), name);
    which = static_cast<Field>(found - kFields.begin());
    return simdjson::SUCCESS;
  }

  /// Writes a decoded string over its own escaped spelling, which is never shorter.
  std::string_view Keep(const char* raw, std::string_view decoded) {
    char* place = text_.data() + (raw - text_.data());
    if (!decoded.empty()) std::memcpy(place, decoded.data(), decoded.size());
    return {place, decoded.size()};
  }

  static std::string ShownToken(od::value item) {
    std::string_view token = item.raw_json_token();
    while (!token.empty() && std::strchr(" \t\r\n,", token.back()) != nullptr)
      token.remove_suffix(1);
    return Shown(token);
  }

  std::string WhereByte(const char* at) const {
    const auto offset = static_cast<std::size_t>(at - text_.data());
    return fmt::format("{} @ {:#x}", path_,
                       kSafetensorsPrefixBytes + std::min(offset, text_.size()));
  }

  tl::unexpected<Error> Refuse(simdjson::error_code error) {
    const char* at = nullptr;
    const bool known = document_ != nullptr && !document_->current_location().get(at);
    return Fail({"ST_JSON",
                 known ? WhereByte(at) : path_,
                 fmt::format("the header is not one JSON object: {}", Explain(error)),
                 {}});
  }

  tl::unexpected<Error> RefuseTensor(std::string_view name, std::string what) {
    return Fail({"ST_JSON", WhereTensor(path_, name), std::move(what), {}});
  }

  tl::unexpected<Error> RefuseType(std::string_view name, std::string_view what, od::value& value,
                                   std::string_view expected) {
    od::json_type got{};
    if (const auto error = value.type().get(got)) return Refuse(error);
    return RefuseTensor(name, fmt::format("{} {}, expected {}", what, Describe(got), expected));
  }

  std::span<char> text_;
  const std::string& path_;
  od::parser parser_;
  od::document* document_ = nullptr;
  DeclaredHeader header_;
  bool metadata_seen_ = false;
};

}  // namespace

std::size_t JsonPaddingBytes() { return simdjson::SIMDJSON_PADDING; }

Result<DeclaredHeader> ParseSafetensorsJson(std::span<char> text, const std::string& path) {
  return JsonReader(text, path).Read();
}

std::string WhereTensor(const std::string& path, std::string_view name) {
  return fmt::format("{}: tensor \"{}\"", path, Shown(name));
}

}  // namespace falsify::loaders
