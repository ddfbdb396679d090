#pragma once

#include <string>

#include "harness/record.h"

namespace falsify::cli {

/// One line per hypothesis for a terminal: id, verdict, what was required, what was seen. Foreign
/// text comes out inert.
std::string VerdictTable(const harness::Record& record, bool coloured);

}  // namespace falsify::cli
