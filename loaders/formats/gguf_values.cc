#include "loaders/formats/gguf_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "fmt/format.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kMostElements = std::uint64_t{1} << 30;
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMostKeyBytes = 65535;
constexpr std::size_t kMostFindings = 100;

struct TypeTraits {
  std::string_view name;
  std::uint64_t bytes;  // of a string: the least one takes
};
constexpr std::array<TypeTraits, kGgufTypes> kTypes = {{{"u8", 1},
                                                        {"i8", 1},
                                                        {"u16", 2},
                                                        {"i16", 2},
                                                        {"u32", 4},
                                                        {"i32", 4},
                                                        {"f32", 4},
                                                        {"bool", 1},
                                                        {"string", kLengthBytes},
                                                        {"array", 0},
                                                        {"u64", 8},
                                                        {"i64", 8},
                                                        {"f64", 8}}};

const TypeTraits& TraitsOf(GgufType type) { return kTypes[static_cast<std::size_t>(type)]; }

template <class T>
T Load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

double ShortestDecimal(float value) {
  const std::string text = fmt::format("{}", value);
  double decimal = static_cast<double>(value);
  std::from_chars(text.data(), text.data() + text.size(), decimal);
  return decimal;
}

/// Calls `use` with the integer at `bytes`, or returns false if `type` is none.
template <class Use>
bool WithInteger(GgufType type, const std::byte* bytes, Use use) {
  switch (type) {
    case GgufType::kU8:
      return use(Load<std::uint8_t>(bytes));
    case GgufType::kI8:
      return use(Load<std::int8_t>(bytes));
    case GgufType::kU16:
      return use(Load<std::uint16_t>(bytes));
    case GgufType::kI16:
      return use(Load<std::int16_t>(bytes));
    case GgufType::kU32:
      return use(Load<std::uint32_t>(bytes));
    case GgufType::kI32:
      return use(Load<std::int32_t>(bytes));
    case GgufType::kU64:
      return use(Load<std::uint64_t>(bytes));
    case GgufType::kI64:
      return use(Load<std::int64_t>(bytes));
    default:
      return false;
  }
}

std::optional<std::uint64_t> UnsignedAt(GgufType type, const std::byte* bytes) {
  std::uint64_t number = 0;
  const bool fits = WithInteger(type, bytes, [&](auto value) {
    if constexpr (std::is_signed_v<decltype(value)>) {
      if (value < 0) return false;
    }
    number = static_cast<std::uint64_t>(value);
    return true;
  });
  return fits ? std::optional(number) : std::nullopt;
}

/// Reads entries, and keeps what every message needs.
class EntryReader {
 public:
  EntryReader(ByteCursor& cursor, const std::string& path, std::vector<std::string>& findings)
      : cursor_(cursor), path_(path), findings_(findings) {}

  Result<GgufEntry> Read() {
    GgufEntry entry;
    Result<std::string_view> key = ReadKey();
    if (!key) return Fail(std::move(key.error()));
    entry.key = *key;
    const Result<GgufType> type = ReadType("value type");
    if (!type) return Fail(type.error());
    Result<GgufValue> value = ReadValue(*type, entry.key);
    if (!value) return Fail(std::move(value.error()));
    entry.value = *value;
    return entry;
  }

 private:
  tl::unexpected<Error> Refuse(std::string code, std::string what) const {
    return Fail({std::move(code),
                 fmt::format("{} @ {:#x}", path_, cursor_.position()),
                 std::move(what),
                 {}});
  }
  tl::unexpected<Error> Truncated(std::string_view what) const {
    return Refuse("GGUF_TRUNCATED", fmt::format("the file ends inside {}", what));
  }
  void Note(std::string finding) const {
    if (findings_.size() < kMostFindings) findings_.push_back(std::move(finding));
  }

  Result<std::string_view> ReadText(std::string_view what) {
    const auto size = cursor_.Number<std::uint64_t>();
    if (!size) return Truncated(what);
    const auto text = cursor_.Text(*size);
    if (text) return *text;
    return Refuse("GGUF_STRING", fmt::format("{} of {} B, {} B are left in the file", what, *size,
                                             cursor_.left()));
  }

  Result<std::string_view> ReadKey() {
    Result<std::string_view> key = ReadText("a key");
    if (!key) return key;
    if (key->empty()) return Refuse("GGUF_KEY", "a key is empty");
    const bool plain = std::all_of(key->begin(), key->end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
    if (!plain || key->size() > kMostKeyBytes) {
      Note(fmt::format("key \"{}\" is not lower-case snake case of at most {} B",
                       key->substr(0, 64), kMostKeyBytes));
    }
    return key;
  }

  Result<GgufType> ReadType(std::string_view what) {
    const auto id = cursor_.Number<std::uint32_t>();
    if (!id) return Truncated(fmt::format("a {}", what));
    if (*id < kGgufTypes) return static_cast<GgufType>(*id);
    return Refuse("GGUF_VALUE_TYPE",
                  fmt::format("{} is {}, expected 0 to {}", what, *id, kGgufTypes - 1));
  }

  Result<GgufValue> ReadValue(GgufType type, std::string_view key) {
    if (type == GgufType::kArray) return ReadArray(key);
    GgufValue value;
    value.type = type;
    value.count = 1;
    if (type == GgufType::kString) {
      const Result<std::string_view> text = ReadText(fmt::format("the value of \"{}\"", key));
      if (!text) return Fail(text.error());
      value.bytes = std::as_bytes(std::span(*text));
      if (!simdjson::validate_utf8(text->data(), text->size())) {
        Note(fmt::format("the value of \"{}\" is not valid UTF-8", key));
      }
      return value;
    }
    const auto bytes = cursor_.Take(TraitsOf(type).bytes);
    if (!bytes) return Truncated(fmt::format("the value of \"{}\"", key));
    value.bytes = *bytes;
    if (type == GgufType::kBool && Load<std::uint8_t>(bytes->data()) > 1) {
      Note(fmt::format("the value of \"{}\" is a bool of {}, expected 0 or 1", key,
                       Load<std::uint8_t>(bytes->data())));
    }
    return value;
  }

  Result<GgufValue> ReadArray(std::string_view key) {
    const Result<GgufType> element = ReadType("array element type");
    if (!element) return Fail(element.error());
    if (*element == GgufType::kArray) {
      return Refuse("GGUF_NESTED_ARRAY", fmt::format("\"{}\" is an array of arrays", key));
    }
    const auto count = cursor_.Number<std::uint64_t>();
    if (!count) return Truncated(fmt::format("the array \"{}\"", key));
    const std::uint64_t least = TraitsOf(*element).bytes;
    if (*count > kMostElements || *count > cursor_.left() / least) {
      return Refuse("GGUF_ARRAY", fmt::format("\"{}\" has {} elements of {}, {} B are left in the "
                                              "file",
                                              key, *count, Name(*element), cursor_.left()));
    }
    GgufValue value;
    value.type = GgufType::kArray;
    value.element = *element;
    value.count = *count;
    if (*element == GgufType::kString) return ReadStrings(value, key);
    const auto bytes = cursor_.Take(*count * least);
    if (!bytes) return Truncated(fmt::format("the array \"{}\"", key));
    value.bytes = *bytes;
    return value;
  }

  /// Walks the strings once, so that whoever iterates over them later need not check anything.
  Result<GgufValue> ReadStrings(GgufValue value, std::string_view key) {
    const std::byte* first = nullptr;
    std::uint64_t bytes = 0;
    for (std::uint64_t i = 0; i < value.count; ++i) {
      const auto size = cursor_.Take(kLengthBytes);
      if (!size) return Truncated(fmt::format("the array \"{}\"", key));
      if (first == nullptr) first = size->data();
      const auto length = Load<std::uint64_t>(size->data());
      if (!cursor_.Take(length)) return Truncated(fmt::format("the array \"{}\"", key));
      bytes += kLengthBytes + length;
    }
    value.bytes = {first, bytes};
    return value;
  }

  ByteCursor& cursor_;
  const std::string& path_;
  std::vector<std::string>& findings_;
};

}  // namespace

std::string_view Name(GgufType type) { return TraitsOf(type).name; }

std::optional<std::uint64_t> GgufValue::Unsigned() const { return UnsignedAt(type, bytes.data()); }

std::optional<double> GgufValue::Real() const {
  if (type == GgufType::kF32) return ShortestDecimal(Load<float>(bytes.data()));
  if (type == GgufType::kF64) return Load<double>(bytes.data());
  return std::nullopt;
}

std::optional<bool> GgufValue::Bool() const {
  if (type != GgufType::kBool) return std::nullopt;
  return bytes.front() != std::byte{0};
}

std::optional<std::string_view> GgufValue::Text() const {
  if (type != GgufType::kString) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::optional<std::vector<std::uint64_t>> GgufValue::UnsignedArray() const {
  if (type != GgufType::kArray || element == GgufType::kString) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  const std::uint64_t step = TraitsOf(element).bytes;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto number = UnsignedAt(element, bytes.data() + i * step);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<std::string_view> GgufStrings::Next() {
  const auto size = cursor_.Number<std::uint64_t>();
  return size ? cursor_.Text(*size) : std::nullopt;
}

Result<GgufEntry> ReadGgufEntry(ByteCursor& cursor, const std::string& path,
                                std::vector<std::string>& findings) {
  return EntryReader(cursor, path, findings).Read();
}

std::string ShownValue(const GgufValue& value) {
  if (value.type == GgufType::kArray) {
    return fmt::format("array of {} {}", value.count, Name(value.element));
  }
  if (const auto text = value.Text()) return std::string(*text);
  if (const auto flag = value.Bool()) return *flag ? "true" : "false";
  if (value.type == GgufType::kF32) return fmt::format("{}", Load<float>(value.bytes.data()));
  if (value.type == GgufType::kF64) return fmt::format("{}", Load<double>(value.bytes.data()));
  std::string shown;
  WithInteger(value.type, value.bytes.data(), [&](auto number) {
    shown = fmt::format("{}", +number);
    return true;
  });
  return shown;
}

}  // namespace falsify::loaders
