#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/tokenizer/vocabulary.h"

namespace falsify::loaders {

/// Text to token ids and back, by byte-level BPE. Used by one thread at a time.
class Tokenizer {
 public:
  /// Builds the tables; keeps nothing of `vocabulary`. Errors: those of CheckVocabulary;
  /// TOKENIZER_KIND (no pre-tokenizer), TOKENIZER_UNICODE.
  static Result<Tokenizer> Create(const Vocabulary& vocabulary, const std::string& where);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// The ids of `text`, after the vocabulary's BOS where it asks for one. Special and added tokens
  /// are found in the text; malformed UTF-8 counts as U+FFFD. Errors: TOKENIZER_UNICODE.
  Result<std::vector<std::uint32_t>> Encode(std::string_view text) const;

  /// The bytes a token stands for, maybe a part of a character only; empty for an id without a
  /// token.
  std::string_view BytesOf(std::uint32_t id) const;

  /// True for tokens that steer (end of text, of a turn) and stand for nothing to be shown.
  bool IsControl(std::uint32_t id) const;

  std::optional<std::uint32_t> eos() const;
  std::size_t size() const;  ///< ids are below it

 private:
  struct Tables;
  explicit Tokenizer(std::unique_ptr<Tables> tables);

  std::unique_ptr<Tables> tables_;
};

}  // namespace falsify::loaders
