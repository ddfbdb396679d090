#include "loaders/tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace falsify::loaders {
namespace {

constexpr std::array kPreTokenizers = {
    PreTokenizer{"qwen2",
                 R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
                 R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
                 true, false},
    PreTokenizer{"llama-bpe",
                 R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
                 R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
                 false, true},
    PreTokenizer{"gpt-2",
                 R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
                 false, false},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAliases = {
    {{"llama3", "llama-bpe"}, {"llama-v3", "llama-bpe"}, {"gpt2", "gpt-2"}}};

}  // namespace

std::span<const PreTokenizer> PreTokenizers() { return kPreTokenizers; }

const PreTokenizer* FindPreTokenizer(std::string_view name) {
  const auto alias = std::ranges::find(kAliases, name, &decltype(kAliases)::value_type::first);
  const std::string_view wanted = alias == kAliases.end() ? name : alias->second;
  const auto found = std::ranges::find(kPreTokenizers, wanted, &PreTokenizer::name);
  return found == kPreTokenizers.end() ? nullptr : &*found;
}

}  // namespace falsify::loaders
