#include "harness/meters/proc_text.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "fmt/format.h"
#include "loaders/bytes.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kKibUnit = " kB";

tl::unexpected<Error> BadField(std::string_view name, std::string_view where,
                               std::optional<std::string_view> value, std::string_view expected) {
  return Fail({.code = "METER_FIELD",
               .where = std::string(where),
               .what = value
                           ? fmt::format("field {} is \"{}\", expected {}", name, *value, expected)
                           : fmt::format("no field {}", name),
               .hint = {}});
}

}  // namespace

std::optional<std::uint64_t> ParseUnsigned(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::string_view TrimBlanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::optional<std::string_view> FindField(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    if (!line.starts_with(name)) continue;
    line = TrimBlanks(line.substr(name.size()));
    if (line.starts_with(':')) return TrimBlanks(line.substr(1));
  }
  return std::nullopt;
}

Result<std::uint64_t> ParseCountField(std::string_view text, std::string_view name,
                                      std::string_view where) {
  const std::optional<std::string_view> value = FindField(text, name);
  const std::optional<std::uint64_t> number = value ? ParseUnsigned(*value) : std::nullopt;
  if (!number) return BadField(name, where, value, "a number");
  return *number;
}

Result<std::uint64_t> ParseKibField(std::string_view text, std::string_view name,
                                    std::string_view where) {
  const std::optional<std::string_view> value = FindField(text, name);
  std::optional<std::uint64_t> bytes;
  if (value && value->ends_with(kKibUnit)) {
    const auto kib = ParseUnsigned(value->substr(0, value->size() - kKibUnit.size()));
    if (kib) bytes = loaders::CheckedMultiply(*kib, 1024);
  }
  if (!bytes) return BadField(name, where, value, "a number of kB");
  return *bytes;
}

}  // namespace falsify::harness
