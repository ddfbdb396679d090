#pragma once

#include <string>
#include <vector>

#include "harness/record.h"

namespace falsify::reports {

/// A chart as a picture beside report.md.
struct Picture {
  std::string file;    ///< "chart-trials.svg"
  std::string title;   ///< of the chart, foreign text in it
  std::string script;  ///< for gnuplot's standard input; it writes the SVG to its standard output
};

/// The charts of the HTML report, for gnuplot. Pure. No foreign text can act in a script: it stands
/// in quotes that it cannot close.
std::vector<Picture> Pictures(const harness::Record& record);

}  // namespace falsify::reports
