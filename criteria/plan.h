#pragma once

#include <optional>

#include "criteria/criterion.h"

namespace falsify::criteria {

/// Roughly how many blocks decide, counted from the first, if violations stay as frequent as in
/// these streams: (ln need + 2) / KL(k/n || p0). Absent if the rate points nowhere: no blocks, the
/// rate allowed, or values too uncertain to tell.
std::optional<int> BlocksStillNeeded(const Stream& falsify, const Stream& corroborate, double p0);

}  // namespace falsify::criteria
