#include "loaders/tokenizer/vocabulary.h"

#include <string_view>
#include <unordered_set>
#include <utility>

#include "fmt/format.h"
#include "loaders/tokenizer/byte_map.h"

namespace falsify::loaders {
namespace {

constexpr int kBytes = 256;
constexpr std::size_t kMostTokens = 16'000'000;

using Words = std::unordered_set<std::string_view>;

tl::unexpected<Error> Refuse(const char* code, const std::string& where, std::string what) {
  return Fail({code, where, std::move(what), {}});
}

bool IsMerge(const std::string& merge, const Words& words, std::string& joined) {
  const std::size_t space = merge.find(' ');
  if (space == std::string::npos || merge.find(' ', space + 1) != std::string::npos) return false;
  const std::string_view text = merge;
  const std::string_view left = text.substr(0, space);
  const std::string_view right = text.substr(space + 1);
  joined.assign(left).append(right);
  return words.contains(left) && words.contains(right) && words.contains(joined);
}

}  // namespace

std::string UnusedTokenName(std::uint64_t id) { return fmt::format("[PAD{}]", id); }

Result<void> CheckVocabulary(const Vocabulary& vocabulary, const std::string& where) {
  const std::size_t tokens = vocabulary.tokens.size();
  if (tokens > kMostTokens || vocabulary.types.size() != tokens) {
    return Refuse("TOKENIZER_TYPES", where,
                  fmt::format("{} types of {} tokens", vocabulary.types.size(), tokens));
  }
  for (const auto& id : {vocabulary.bos, vocabulary.eos, vocabulary.pad}) {
    if (!id || *id < tokens) continue;
    return Refuse("TOKENIZER_ID", where, fmt::format("token {} of {}", *id, tokens));
  }
  Words words;
  words.reserve(tokens);
  for (std::size_t i = 0; i < tokens; ++i) {
    if (vocabulary.types[i] == TokenType::kNormal) words.insert(vocabulary.tokens[i]);
  }
  for (int byte = 0; byte < kBytes; ++byte) {
    if (words.contains(MapBytes(std::string(1, static_cast<char>(byte))))) continue;
    return Refuse("TOKENIZER_BYTES", where, fmt::format("no token for byte {}", byte));
  }
  std::string joined;
  for (const std::string& merge : vocabulary.merges) {
    if (IsMerge(merge, words, joined)) continue;
    return Refuse("TOKENIZER_MERGES", where,
                  fmt::format("merge \"{}\" joins no two tokens to a third", merge));
  }
  return {};
}

}  // namespace falsify::loaders
