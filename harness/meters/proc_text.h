#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "loaders/error.h"

namespace falsify::harness {

/// Pure readers of the `Name: value` texts under /proc. `where` names the text in errors.

/// Decimal digits and nothing else; empty on a sign, a blank, any other byte or overflow.
std::optional<std::uint64_t> ParseUnsigned(std::string_view text);

std::string_view TrimBlanks(std::string_view text);

/// Takes the next word, delimited by blanks, off the front of `text`; empty at its end.
std::string_view TakeWord(std::string_view& text);

/// Takes the next line, without its newline, off the front of `text`.
std::string_view TakeLine(std::string_view& text);

/// What follows `name:` on the first line that starts so, without surrounding blanks.
std::optional<std::string_view> FindField(std::string_view text, std::string_view name);

/// `name: 42`. Errors: METER_FIELD, if missing or not a number of 64 bits.
Result<std::uint64_t> ParseCountField(std::string_view text, std::string_view name,
                                      std::string_view where);

/// `name: 42 kB`, in bytes; what the kernel calls kB is a KiB. Errors: METER_FIELD.
Result<std::uint64_t> ParseKibField(std::string_view text, std::string_view name,
                                    std::string_view where);

}  // namespace falsify::harness
