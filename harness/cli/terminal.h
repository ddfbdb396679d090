#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace falsify::cli {

/// True where a line on stderr may be rewritten in place: a terminal, and no CI.
bool MayRewriteLines();

/// Whether to colour what is printed on `descriptor`: NO_COLOR, set and not empty, forbids it, then
/// CLICOLOR_FORCE demands it, then CLICOLOR=0 forbids it; otherwise where it is a terminal.
bool MayColour(int descriptor);

/// Columns of the terminal on `descriptor`; `fallback` where it is none or does not say.
std::size_t ColumnsOf(int descriptor, std::size_t fallback);

/// Columns that valid UTF-8 takes, one per character. Ours is Latin with a few signs; wide foreign
/// text comes out short.
std::size_t WidthOf(std::string_view text);

/// The first `columns` characters.
std::string CutTo(std::string_view text, std::size_t columns);

}  // namespace falsify::cli
