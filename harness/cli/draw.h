#pragma once

#include <string>
#include <vector>

#include "harness/record.h"

namespace falsify::cli {

/// Draws the record's charts into `folder` with gnuplot, if there is one; the names of the files it
/// drew. A picture that fails is left out: the report stays complete without.
std::vector<std::string> DrawPictures(const harness::Record& record, const std::string& folder);

}  // namespace falsify::cli
