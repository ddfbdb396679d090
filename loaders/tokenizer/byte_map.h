#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace falsify::loaders {

/// The spelling that byte-level BPE files use for bytes, so that every token is printable text:
/// bytes 33-126, 161-172 and 174-255 are the characters of those numbers, the other 68, in order,
/// U+0100 and up (openai/gpt-2, bytes_to_unicode).
std::string MapBytes(std::string_view bytes);

/// Undoes MapBytes. Empty if some character stands for no byte.
std::optional<std::string> UnmapBytes(std::string_view mapped);

}  // namespace falsify::loaders
