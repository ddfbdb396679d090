#pragma once

#include <string>

#include "harness/record.h"

namespace falsify::reports {

/// The last line of stdout, so that a wrapper that loses the exit code still sees the verdict:
/// `FALSIFIED: T-QA-019b, 3 of 11 hypotheses falsified, 8 passed (exit code 1)`. Without a line
/// break; no id can act on a terminal or a CI runner.
std::string VerdictLine(const harness::Record& record);

}  // namespace falsify::reports
