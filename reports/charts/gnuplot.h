#pragma once

#include <string>
#include <vector>

#include "harness/record.h"
#include "nlohmann/json.hpp"

namespace falsify::reports {

/// A chart as a picture beside report.md.
struct Picture {
  std::string file;              ///< "chart-trials.svg"
  nlohmann::ordered_json chart;  ///< of ChartData; foreign text in its title
};

/// The charts of the HTML report. Pure.
std::vector<Picture> Pictures(const harness::Record& record);

/// For gnuplot's standard input; it writes the SVG to its standard output. Pure. No foreign text
/// can act in it: it stands in quotes that it cannot close.
std::string GnuplotScript(const Picture& picture);

}  // namespace falsify::reports
