#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "loaders/error.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// Parses exactly one JSON document that may be foreign: at most `bytes` long, arrays and objects
/// nested at most `depth` deep, every number finite. Deep documents are refused here because
/// nlohmann's dump() and copies recurse and overflow the stack.
/// Errors: JSON_SIZE, JSON_DEPTH, JSON_SYNTAX (names the byte, never quotes it).
Result<nlohmann::json> ParseBounded(std::string_view text, int depth, std::size_t bytes);

/// `text` with every byte that is not valid UTF-8 replaced by U+FFFD: nlohmann's dump() throws on
/// anything else. A replaced byte grows to three.
std::string ValidUtf8(std::string_view text);

/// One line of JSON. Never throws: what is not UTF-8 comes out as U+FFFD.
std::string DumpLine(const nlohmann::json& json);

}  // namespace falsify::harness
