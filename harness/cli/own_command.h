#pragma once

#include <string>
#include <vector>

#include "loaders/error.h"

namespace falsify::cli {

/// Runs this very program with `arguments` in a process of its own, so that what it parses cannot
/// hurt us, and returns the last line of its stdout. Its stderr is ours.
/// Errors: OWN_COMMAND, at `where`, if it cannot be run or does not exit with 0.
Result<std::string> RunOwnCommand(const std::vector<std::string>& arguments,
                                  const std::string& where);

}  // namespace falsify::cli
