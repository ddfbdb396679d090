#include "harness/study/yaml_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "fmt/format.h"
#include "simdjson.h"

namespace falsify::harness {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of the character that `text` starts with; 0 if it starts with none.
std::size_t CharacterBytes(std::string_view text) {
  for (std::size_t bytes = 1; bytes <= std::min<std::size_t>(4, text.size()); ++bytes) {
    if (simdjson::validate_utf8(text.data(), bytes)) return bytes;
  }
  return 0;
}

bool IsForbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

std::optional<std::size_t> FirstInvalidUtf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::nullopt;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t bytes = CharacterBytes(text.substr(at));
    if (bytes == 0) break;
    at += bytes;
  }
  return at;
}

Location LocationOf(std::string_view text, std::size_t offset) {
  const auto line = 1 + std::ranges::count(text.substr(0, offset), '\n');
  return {.line = static_cast<int>(line), .column = ColumnsOf(text)[offset]};
}

std::string_view DropDigits(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, [](char c) { return c >= '0' && c <= '9'; });
  return text.substr(static_cast<std::size_t>(end - text.begin()));
}

bool OnlyOf(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

template <std::size_t kSize>
bool IsOneOf(std::string_view text, const std::array<std::string_view, kSize>& words) {
  return std::ranges::find(words, text) != words.end();
}

// YAML 1.2.2, section 10.3.2, tag resolution.
bool IsPlainNumber(std::string_view text) {
  if (text.starts_with("0o")) return OnlyOf(text.substr(2), "01234567");
  if (text.starts_with("0x")) return OnlyOf(text.substr(2), "0123456789abcdefABCDEF");
  static constexpr std::array<std::string_view, 3> kNan = {".nan", ".NaN", ".NAN"};
  if (IsOneOf(text, kNan)) return true;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  static constexpr std::array<std::string_view, 3> kInfinity = {".inf", ".Inf", ".INF"};
  if (IsOneOf(text, kInfinity)) return true;

  std::string_view rest = DropDigits(text);
  std::size_t digits = text.size() - rest.size();
  if (rest.starts_with('.')) {
    const std::string_view after = DropDigits(rest.substr(1));
    digits += rest.size() - 1 - after.size();
    rest = after;
  }
  if (digits == 0) return false;
  if (rest.empty()) return true;
  if (rest[0] != 'e' && rest[0] != 'E') return false;
  rest.remove_prefix(1);
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  return OnlyOf(rest, "0123456789");
}

}  // namespace

std::string_view WithoutByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

Result<std::string_view> CheckYamlText(std::string_view text, const std::string& path) {
  const auto fail = [&](std::size_t offset, std::string what) {
    return Fail({.code = "STUDY_UTF8",
                 .where = Where(path, LocationOf(text, offset)),
                 .what = std::move(what),
                 .hint = "save the file as UTF-8 text"});
  };
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  if (const auto bad = FirstInvalidUtf8(text)) {
    return fail(*bad, fmt::format("byte 0x{:02x} is not valid UTF-8", byte(*bad)));
  }
  const auto* const control = std::ranges::find_if(text, IsForbidden);
  if (control != text.end()) {
    const auto at = static_cast<std::size_t>(control - text.begin());
    return fail(at, fmt::format("control character 0x{:02x}", byte(at)));
  }
  return text;
}

std::vector<int> ColumnsOf(std::string_view text) {
  std::vector<int> columns;
  columns.reserve(text.size() + 1);
  int column = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    columns.push_back(column);
    const bool character_ends = at + 1 == text.size() || !IsContinuation(text[at + 1]);
    if (character_ends) column = text[at] == '\n' ? 1 : column + 1;
  }
  columns.push_back(column);
  return columns;
}

YamlNode::Kind PlainKind(std::string_view scalar) {
  static constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 6> kBool = {"true",  "True",  "TRUE",
                                                            "false", "False", "FALSE"};
  if (IsOneOf(scalar, kNull)) return YamlNode::Kind::kNull;
  if (IsOneOf(scalar, kBool)) return YamlNode::Kind::kBool;
  return IsPlainNumber(scalar) ? YamlNode::Kind::kNumber : YamlNode::Kind::kText;
}

}  // namespace falsify::harness
