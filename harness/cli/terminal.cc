#include "harness/cli/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace falsify::cli {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

bool MayRewriteLines() {
  return isatty(STDERR_FILENO) == 1 && Environment("CI").empty() && Environment("TERM") != "dumb";
}

bool MayColour(int descriptor) {
  if (!Environment("NO_COLOR").empty()) return false;
  const std::string_view force = Environment("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  if (Environment("CLICOLOR") == "0") return false;
  return isatty(descriptor) == 1 && Environment("TERM") != "dumb";
}

std::size_t ColumnsOf(int descriptor, std::size_t fallback) {
  winsize size{};
  const bool says = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return says ? size.ws_col : fallback;
}

std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, StartsCharacter));
}

std::string CutTo(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (StartsCharacter(text[end]) && seen++ == columns) break;
  }
  return std::string(text.substr(0, end));
}

}  // namespace falsify::cli
