#pragma once

#include <string>
#include <string_view>

#include "loaders/error.h"
#include "loaders/tokenizer/vocabulary.h"

namespace falsify::loaders {

/// The names of the files, in the model's folder.
inline constexpr std::string_view kTokenizerJson = "tokenizer.json";
inline constexpr std::string_view kTokenizerConfigJson = "tokenizer_config.json";

/// The texts of both files; `config` may be empty.
struct TokenizerFiles {
  std::string tokenizer;
  std::string config;

  friend bool operator==(const TokenizerFiles&, const TokenizerFiles&) = default;
};

/// Reads a byte-level BPE tokenizer in Hugging Face's form (huggingface/tokenizers): vocabulary and
/// merges (as "a b" or as pairs), added tokens, and one of the PreTokenizers(). `where` is for
/// messages. Errors: TOKENIZER_JSON (no such JSON, a field of another type), TOKENIZER_KIND
/// (another model, normalizer or pre-tokenizer; an added token that takes white space with it),
/// TOKENIZER_ID (an id twice, or out of all proportion), those of CheckVocabulary.
Result<Vocabulary> ParseTokenizerJson(const TokenizerFiles& files, const std::string& where);

/// As ParseTokenizerJson reads it back. Same vocabulary, same bytes.
TokenizerFiles RenderTokenizerJson(const Vocabulary& vocabulary);

/// Reads tokenizer.json, and tokenizer_config.json if there is one, beside `model_path` or in that
/// folder. Errors: TOKENIZER_MISSING, IO_OPEN, IO_READ, those of ParseTokenizerJson.
Result<Vocabulary> ReadTokenizerBeside(const std::string& model_path);

}  // namespace falsify::loaders
