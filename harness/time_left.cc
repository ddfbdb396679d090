#include "harness/time_left.h"

#include <algorithm>
#include <cmath>

namespace falsify::harness {
namespace {

/// Share of its way that a bet has gone, by the number of digits of its wealth.
double ShareOf(const criteria::Stream& stream) {
  if (stream.e <= 1 || stream.need <= 1) return 0;
  return std::min(1.0, std::log(stream.e) / std::log(stream.need));
}

}  // namespace

int BlocksLeft(const criteria::Judgement& judgement, const criteria::Rules& rules,
               int blocks_done) {
  if (blocks_done == 0) return rules.min_blocks;
  const double share = std::max(ShareOf(judgement.falsify), ShareOf(judgement.corroborate));
  const int most = std::max(0, rules.max_blocks - blocks_done);
  if (share <= 0) return most;
  const double expected = blocks_done * (1 / share - 1);
  const int least = std::clamp(rules.min_blocks - blocks_done, 0, most);
  return std::clamp(static_cast<int>(std::min<double>(most, std::ceil(expected))), least, most);
}

}  // namespace falsify::harness
