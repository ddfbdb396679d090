#pragma once

#include <string>
#include <string_view>

namespace falsify::harness {

/// A file of /proc or /sys, whole. Empty if it cannot be read, as with a process that is gone.
std::string ReadSmallFile(const std::string& path);

/// One write(2) to an existing file of /proc or /sys. False if the kernel refuses.
bool WriteSmallFile(const std::string& path, std::string_view text);

}  // namespace falsify::harness
