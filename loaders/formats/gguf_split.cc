#include "loaders/formats/gguf_split.h"

#include <charconv>

#include "fmt/format.h"
#include "loaders/formats/gguf.h"

namespace falsify::loaders {
namespace {

constexpr std::string_view kExtension = ".gguf";
constexpr std::string_view kOf = "-of-";
constexpr std::size_t kDigits = 5;

std::optional<std::uint32_t> FiveDigits(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<std::uint64_t> Number(const GgufSplit& split, std::string_view key) {
  const GgufValue* value = dynamic_cast<const GgufHeader&>(*split.header).FindValue(key);
  const auto number = value == nullptr ? std::nullopt : value->Unsigned();
  if (number) return *number;
  return Fail({"GGUF_SPLIT_META",
               split.path,
               fmt::format("{} is {}, expected a number", key,
                           value == nullptr ? "missing" : Name(value->type)),
               {}});
}

Result<void> Expect(const GgufSplit& split, std::string_view key, std::uint64_t expected,
                    const char* code) {
  const Result<std::uint64_t> number = Number(split, key);
  if (!number) return Fail(number.error());
  if (*number == expected) return {};
  return Fail({code, split.path, fmt::format("{} is {}, expected {}", key, *number, expected), {}});
}

}  // namespace

std::string GgufSplitName::Text() const {
  return fmt::format("{}-{:05}-of-{:05}{}", prefix, number, count, kExtension);
}

std::optional<GgufSplitName> ParseGgufSplitName(std::string_view name) {
  const std::size_t tail = 1 + kDigits + kOf.size() + kDigits + kExtension.size();
  if (name.size() < tail || !name.ends_with(kExtension)) return std::nullopt;
  const std::size_t dash = name.size() - tail;
  const std::string_view digits = name.substr(dash + 1, kDigits);
  const std::string_view of = name.substr(dash + 1 + kDigits, kOf.size());
  const std::string_view all = name.substr(dash + 1 + kDigits + kOf.size(), kDigits);
  const auto number = FiveDigits(digits);
  const auto count = FiveDigits(all);
  if (name[dash] != '-' || of != kOf || !number || !count) return std::nullopt;
  if (*number == 0 || *number > *count) return std::nullopt;
  return GgufSplitName{std::string(name.substr(0, dash)), *number, *count};
}

Result<void> CheckGgufSplits(std::span<const GgufSplit> splits) {
  std::uint64_t tensors = 0;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    Result<void> agrees = Expect(splits[i], "split.no", i, "GGUF_SPLIT_NO");
    if (agrees) agrees = Expect(splits[i], "split.count", splits.size(), "GGUF_SPLIT_COUNT");
    if (!agrees) return agrees;
    tensors += splits[i].header->tensors().size();
  }
  return Expect(splits.front(), "split.tensors.count", tensors, "GGUF_SPLIT_TENSORS");
}

}  // namespace falsify::loaders
