#include "harness/study/nearest_word.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kMostListed = 20;

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool StartsInsideCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b) {
  // Three rows of the usual table: [i - 2], [i - 1] and [i].
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substituted});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::optional<std::string_view> NearestWord(std::string_view given,
                                            std::span<const std::string_view> words) {
  const std::string lower = LowerAscii(given.substr(0, 2 * kLongestQuote));
  std::optional<std::string_view> nearest;
  std::size_t fewest = 0;
  for (const std::string_view word : words) {
    const std::size_t longer = std::max(word.size(), lower.size());
    const std::size_t edits = EditDistance(lower, LowerAscii(word));
    if (edits * 5 > longer * 2 || (nearest && edits >= fewest)) continue;
    nearest = word;
    fewest = edits;
  }
  return nearest;
}

std::string SuggestWord(std::string_view given, std::span<const std::string_view> words) {
  if (const auto nearest = NearestWord(given, words)) {
    return fmt::format("did you mean {}?", Quoted(*nearest));
  }
  if (words.empty()) return "none is declared";
  const std::size_t listed = std::min(words.size(), kMostListed);
  std::string list = fmt::format("valid: {}", Shortened(words[0]));
  for (const std::string_view word : words.subspan(1, listed - 1)) list += ", " + Shortened(word);
  if (listed < words.size()) list += fmt::format(" and {} more", words.size() - listed);
  return list;
}

std::string Shortened(std::string_view text) {
  if (text.size() <= kLongestQuote) return std::string(text);
  std::size_t cut = kLongestQuote;
  while (cut > 0 && StartsInsideCharacter(text[cut])) --cut;
  return fmt::format("{}...", text.substr(0, cut));
}

std::string Quoted(std::string_view text) { return fmt::format("\"{}\"", Shortened(text)); }

}  // namespace falsify::harness
