#pragma once

#include "harness/record.h"
#include "nlohmann/json.hpp"

namespace falsify::reports {

/// What there is to draw, one object per chart, in the order they are shown; charts without data
/// are left out. Each: `id`, `title`, `note` (one sentence), `kind` ("scatter", "line", "bars",
/// "stacked"), axis titles `x` and `y`, `log_x`, `log_y`, `labels` (of bars), and `datasets` of
/// `label` and `data` (numbers, or {x, y}). Seconds, bytes and plain numbers; drawn in charts.js.
nlohmann::ordered_json ChartData(const harness::Record& record);

}  // namespace falsify::reports
