#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "loaders/error.h"
#include "loaders/tokenizer/pre_tokenizer.h"

namespace falsify::loaders {

/// Text, malformed UTF-8 replaced by U+FFFD as browsers do (WHATWG Encoding).
std::string ToValidUtf8(std::string_view text);

/// Cuts text as a pre-tokenizer says, with ICU's Unicode. Used by one thread at a time.
class TextSplitter {
 public:
  /// Errors: TOKENIZER_UNICODE (ICU's word for it).
  static Result<TextSplitter> Create(const PreTokenizer& rule);

  TextSplitter(TextSplitter&&) noexcept;
  TextSplitter& operator=(TextSplitter&&) noexcept;
  ~TextSplitter();

  /// Hands `on_piece` every byte of `text` once, in order; `text` is valid UTF-8, composed first if
  /// the rule says so. Errors: TOKENIZER_UNICODE (a text beyond ICU's limits).
  Result<void> Split(std::string_view text,
                     const std::function<void(std::string_view)>& on_piece) const;

 private:
  struct Parts;
  explicit TextSplitter(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace falsify::loaders
