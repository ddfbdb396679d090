#pragma once

#include <string>
#include <vector>

#include "harness/record.h"

namespace falsify::harness {

/// Subjects whose first token came sooner than this host's memory could have delivered the weights
/// it takes, one line each: they did not compute with them, or not with all of them. Needs the
/// limit "memory_read" and the phase "prefill"; without them nothing is said.
std::vector<std::string> ImpossibleSpeeds(const Record& record);

}  // namespace falsify::harness
