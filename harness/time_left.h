#pragma once

#include "criteria/criterion.h"

namespace falsify::harness {

/// How far a bet has come on its way from nothing to what is needed, 0 to 1, by the number of
/// digits of its e-value.
double EvidenceShare(double e, double need);

/// How many more blocks an undecided hypothesis will probably take: as many as the bet that is
/// nearer to its end needs if it goes on as it went so far, within what the rules allow; the fewest
/// allowed before the first block, all of them while neither bet has won anything.
int BlocksLeft(const criteria::Judgement& judgement, const criteria::Rules& rules, int blocks_done);

}  // namespace falsify::harness
