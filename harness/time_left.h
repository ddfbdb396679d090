#pragma once

#include "criteria/criterion.h"

namespace falsify::harness {

/// How many more blocks an undecided hypothesis will probably take: as many as the bet that is
/// nearer to its end needs if it goes on as it went so far, within what the rules allow; the fewest
/// allowed before the first block, all of them while neither bet has won anything.
int BlocksLeft(const criteria::Judgement& judgement, const criteria::Rules& rules, int blocks_done);

}  // namespace falsify::harness
