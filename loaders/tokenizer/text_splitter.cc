#include "loaders/tokenizer/text_splitter.h"

#include <cstdint>
#include <limits>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>
#include <utility>

#include "simdjson.h"

namespace falsify::loaders {
namespace {

constexpr std::size_t kMostBytes = std::numeric_limits<std::int32_t>::max() / 2;

tl::unexpected<Error> Failed(const char* doing, UErrorCode status) {
  return Fail({"TOKENIZER_UNICODE", "text", std::string(doing) + ": " + u_errorName(status), {}});
}

/// The pattern in ICU's words, for which \s is not all of White_Space.
icu::UnicodeString InIcusWords(std::string_view pattern) {
  std::string words;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      words += pattern[i];
      continue;
    }
    const char escaped = pattern[++i];
    if (escaped == 's') {
      words += "\\p{White_Space}";
    } else if (escaped == 'S') {
      words += "\\P{White_Space}";
    } else {
      words += {'\\', escaped};
    }
  }
  return icu::UnicodeString::fromUTF8(words);
}

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};

}  // namespace

std::string ToValidUtf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size()) || text.size() > kMostBytes) {
    return std::string(text);
  }
  // ICU replaces what is malformed on the way to its own form.
  const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
  std::string valid;
  icu::UnicodeString::fromUTF8(piece).toUTF8String(valid);
  return valid;
}

struct TextSplitter::Parts {
  std::unique_ptr<icu::RegexMatcher> matcher;
  const icu::Normalizer2* composer = nullptr;  // ICU's own; null if nothing is composed
};

TextSplitter::TextSplitter(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TextSplitter::TextSplitter(TextSplitter&&) noexcept = default;
TextSplitter& TextSplitter::operator=(TextSplitter&&) noexcept = default;
TextSplitter::~TextSplitter() = default;

Result<TextSplitter> TextSplitter::Create(const PreTokenizer& rule) {
  UErrorCode status = U_ZERO_ERROR;
  auto parts = std::make_unique<Parts>();
  parts->matcher = std::make_unique<icu::RegexMatcher>(InIcusWords(rule.pattern), 0, status);
  if (U_FAILURE(status)) return Failed("pattern", status);
  if (rule.nfc) parts->composer = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return Failed("NFC", status);
  return TextSplitter(std::move(parts));
}

Result<void> TextSplitter::Split(std::string_view text,
                                 const std::function<void(std::string_view)>& on_piece) const {
  UErrorCode status = U_ZERO_ERROR;
  if (text.size() > kMostBytes) return Failed("length", U_BUFFER_OVERFLOW_ERROR);
  std::string composed;
  if (parts_->composer != nullptr) {
    icu::StringByteSink<std::string> sink(&composed);
    parts_->composer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int>(text.size())),
                                    sink, nullptr, status);
    if (U_FAILURE(status)) return Failed("NFC", status);
    text = composed;
  }
  const std::unique_ptr<UText, CloseText> opened(
      utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status));
  if (U_FAILURE(status)) return Failed("text", status);
  icu::RegexMatcher& matcher = *parts_->matcher;
  matcher.reset(opened.get());
  std::size_t done = 0;
  const auto hand_out = [&](std::size_t until) {
    if (until > done) on_piece(text.substr(done, until - done));
    done = std::max(done, until);
  };
  while (matcher.find(status) != 0 && U_SUCCESS(status)) {
    hand_out(static_cast<std::size_t>(matcher.start64(status)));
    hand_out(static_cast<std::size_t>(matcher.end64(status)));
  }
  if (U_FAILURE(status)) return Failed("cut", status);
  hand_out(text.size());
  return {};
}

}  // namespace falsify::loaders
