#pragma once

#include <string>

#include "loaders/tokenizer/byte_map.h"
#include "loaders/tokenizer/vocabulary.h"

namespace falsify::loaders {

/// All bytes, the words "he", "ll", "hell", "hello", " w", and three added tokens after them.
inline Vocabulary SmallVocabulary(std::string_view pre_tokenizer = "qwen2") {
  Vocabulary vocabulary;
  vocabulary.pre_tokenizer = FindPreTokenizer(pre_tokenizer);
  const auto add = [&](std::string text, TokenType type) {
    vocabulary.tokens.push_back(std::move(text));
    vocabulary.types.push_back(type);
  };
  for (int byte = 0; byte < 256; ++byte) {
    add(MapBytes(std::string(1, static_cast<char>(byte))), TokenType::kNormal);
  }
  for (const char* word : {"he", "ll", "hell", "hello", " w"}) {
    add(MapBytes(word), TokenType::kNormal);
  }
  for (const char* merge : {"h e", "l l", "he ll", "hell o", "\u0120 w"}) {
    vocabulary.merges.emplace_back(merge);
  }
  add("<|end|>", TokenType::kControl);
  add("<|end|>2", TokenType::kControl);
  add("<tool>", TokenType::kUserDefined);
  vocabulary.bos = 261;
  vocabulary.eos = 262;
  return vocabulary;
}

inline constexpr std::uint32_t kHe = 256;
inline constexpr std::uint32_t kHell = 258;
inline constexpr std::uint32_t kHello = 259;
inline constexpr std::uint32_t kSpaceW = 260;
inline constexpr std::uint32_t kEnd = 261;
inline constexpr std::uint32_t kEnd2 = 262;
inline constexpr std::uint32_t kTool = 263;

}  // namespace falsify::loaders
