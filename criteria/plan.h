#pragma once

#include <optional>

#include "criteria/criterion.h"
#include "criteria/streams.h"

namespace falsify::criteria {

/// Roughly how many blocks decide, counted from the first, if violations stay as frequent as in
/// these streams: (ln need + 2) / KL(k/n || p0). Absent if the rate points nowhere: no blocks, the
/// rate allowed, or values too uncertain to tell.
std::optional<int> BlocksStillNeeded(const Stream& falsify, const Stream& corroborate, double p0);

/// The same for a claim: until the last of its components is corroborated, if all of them head
/// there, else until one of them falsifies it. An invariant that holds needs `min_blocks`.
std::optional<int> BlocksStillNeeded(const Counts& counts, const Rules& rules);

}  // namespace falsify::criteria
