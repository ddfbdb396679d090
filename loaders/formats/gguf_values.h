#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/byte_cursor.h"

namespace falsify::loaders {

/// Ids of metadata values (ggml-org/ggml, docs/gguf.md).
enum class GgufType : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64,
};
inline constexpr std::uint32_t kGgufTypes = 13;

std::string_view Name(GgufType type);  ///< "u32", "string"

/// One metadata value where it lies in the header. Valid as long as the header.
struct GgufValue {
  GgufType type = GgufType::kU8;
  GgufType element = GgufType::kU8;  ///< of an array
  std::uint64_t count = 0;           ///< of an array; else 1
  std::span<const std::byte> bytes;  ///< of a string its characters, of an array its elements

  /// Any integer type that holds no negative number. Empty if it is none.
  std::optional<std::uint64_t> Unsigned() const;
  /// F32 or F64. Empty if it is neither. An F32 counts as the shortest decimal it stands for: what
  /// was 1e-6 before it was rounded to one is 1e-6 again.
  std::optional<double> Real() const;
  std::optional<bool> Bool() const;
  std::optional<std::string_view> Text() const;
  /// The elements of an array of any integer type, none negative. Empty if it is no such array.
  std::optional<std::vector<std::uint64_t>> UnsignedArray() const;
};

/// The strings of an array, one after the other.
class GgufStrings {
 public:
  /// Precondition: an array of strings.
  explicit GgufStrings(const GgufValue& value) : cursor_(value.bytes) {}

  /// Empty at the end.
  std::optional<std::string_view> Next();

 private:
  ByteCursor cursor_;
};

struct GgufEntry {
  std::string_view key;
  GgufValue value;
};

/// Reads one key and its value. What was legal but odd is added to `findings`. `path` is for
/// messages. Errors: GGUF_TRUNCATED, GGUF_STRING, GGUF_KEY, GGUF_VALUE_TYPE, GGUF_ARRAY,
/// GGUF_NESTED_ARRAY.
Result<GgufEntry> ReadGgufEntry(ByteCursor& cursor, const std::string& path,
                                std::vector<std::string>& findings);

/// For people: numbers and strings as they are, arrays as "array of 3 u32".
std::string ShownValue(const GgufValue& value);

}  // namespace falsify::loaders
