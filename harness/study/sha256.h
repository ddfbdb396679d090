#pragma once

#include <string>
#include <string_view>

namespace falsify::harness {

/// SHA-256 (FIPS 180-4) of the bytes, as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace falsify::harness
