#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace falsify::harness {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`, where no
/// part is edited twice (optimal string alignment). Bytes, not characters.
std::size_t EditDistance(std::string_view a, std::string_view b);

/// The word most likely meant: fewest edits, upper and lower case alike, the first of equals. Empty
/// if more than two fifths of the longer word would have to change, for then it was no slip of the
/// fingers.
std::optional<std::string_view> NearestWord(std::string_view given,
                                            std::span<const std::string_view> words);

/// The way out of an unknown word: `did you mean "peak_rss"?`, or `valid: open, touch` (at
/// most twenty) where no word is near, or `none is declared` where there are no words.
std::string SuggestWord(std::string_view given, std::span<const std::string_view> words);

/// `text`, cut after 60 bytes with "..." in place of the rest, so that a message stays readable.
std::string Shortened(std::string_view text);

/// The same in double quotes.
std::string Quoted(std::string_view text);

}  // namespace falsify::harness
