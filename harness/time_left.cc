#include "harness/time_left.h"

#include <algorithm>
#include <cmath>

namespace falsify::harness {
double EvidenceShare(double e, double need) {
  if (e <= 1 || need <= 1) return 0;
  return std::min(1.0, std::log(e) / std::log(need));
}

int BlocksLeft(const criteria::Judgement& judgement, const criteria::Rules& rules,
               int blocks_done) {
  if (blocks_done == 0) return rules.min_blocks;
  const double share = std::max(EvidenceShare(judgement.falsify.e, judgement.falsify.need),
                                EvidenceShare(judgement.corroborate.e, judgement.corroborate.need));
  const int most = std::max(0, rules.max_blocks - blocks_done);
  if (share <= 0) return most;
  const double expected = blocks_done * (1 / share - 1);
  const int least = std::clamp(rules.min_blocks - blocks_done, 0, most);
  return std::clamp(static_cast<int>(std::min<double>(most, std::ceil(expected))), least, most);
}

}  // namespace falsify::harness
