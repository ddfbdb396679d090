#pragma once

#include <string>

#include "harness/record.h"

namespace falsify::reports {

/// The Markdown report as one HTML file that needs nothing else, with charts of what the record
/// holds: trials over time, their distribution, phases, memory, evidence, sweeps. Light and dark,
/// for the screen and for paper, readable without scripts; its content security policy lets
/// nothing run but the two scripts inside, by their hashes, and nothing be loaded.
std::string RenderHtml(const harness::Record& record);

}  // namespace falsify::reports
