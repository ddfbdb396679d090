#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loaders/error.h"
#include "loaders/tokenizer/pre_tokenizer.h"

namespace falsify::loaders {

/// GGUF's kinds of tokens (ggml-org/ggml, docs/gguf.md), of which byte-level BPE uses these.
enum class TokenType : std::int32_t { kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5 };

/// A byte-level BPE tokenizer as files describe it. The index of a token is its id.
struct Vocabulary {
  const PreTokenizer* pre_tokenizer = nullptr;  ///< not null in one that was read or made
  std::vector<std::string>
      tokens;                    ///< normal ones in byte-mapped form (byte_map.h), others as text
  std::vector<TokenType> types;  ///< as many as tokens
  std::vector<std::string> merges;  ///< "a b", the first is merged first
  std::optional<std::uint32_t> bos = {};
  std::optional<std::uint32_t> eos = {};
  std::optional<std::uint32_t> pad = {};
  bool add_bos = false;            ///< before every text
  std::string chat_template = {};  ///< in Jinja, as it was found; empty if there is none

  friend bool operator==(const Vocabulary&, const Vocabulary&) = default;
};

/// What a token that stands for no text is called, as llama.cpp's converter does: "[PAD7]".
std::string UnusedTokenName(std::uint64_t id);

/// Checks what every reader has to: as many types as tokens, special ids among them, all 256 bytes,
/// merges of two tokens that make a third. `where` is for messages.
/// Errors: TOKENIZER_TYPES, TOKENIZER_ID, TOKENIZER_BYTES, TOKENIZER_MERGES.
Result<void> CheckVocabulary(const Vocabulary& vocabulary, const std::string& where);

}  // namespace falsify::loaders
