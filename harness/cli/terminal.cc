#include "harness/cli/terminal.h"

#include <cstdlib>
#include <unistd.h>

namespace falsify::cli {

bool MayRewriteLines() {
  const char* ci = std::getenv("CI");
  return isatty(STDERR_FILENO) == 1 && (ci == nullptr || *ci == '\0');
}

}  // namespace falsify::cli
