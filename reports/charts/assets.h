#pragma once

#include <string_view>

namespace falsify::reports {

/// What the HTML report carries inside; assets.cc is made from the files when the project is built.
extern const std::string_view kChartJs;  ///< Chart.js, the minified file of Debian's libjs-chart.js
extern const std::string_view kChartsJs;   ///< charts.js
extern const std::string_view kReportCss;  ///< report.css

}  // namespace falsify::reports
