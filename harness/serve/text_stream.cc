#include "harness/serve/text_stream.h"

#include <cstddef>
#include <utility>

#include "loaders/tokenizer/text_splitter.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kLongestCharacter = 4;

/// Bytes that a character starting with `first` takes; 0 for one that starts none.
std::size_t LengthOf(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

/// How many bytes at the end of `text` are the beginning of a character.
std::size_t Unfinished(std::string_view text) {
  for (std::size_t back = 1; back < kLongestCharacter && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    return LengthOf(byte) > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::string TextStream::Add(std::string_view bytes) {
  held_ += bytes;
  const std::size_t kept = Unfinished(held_);
  std::string shown = loaders::ToValidUtf8(std::string_view(held_).substr(0, held_.size() - kept));
  held_.erase(0, held_.size() - kept);
  return shown;
}

std::string TextStream::Finish() { return loaders::ToValidUtf8(std::exchange(held_, {})); }

}  // namespace falsify::harness
