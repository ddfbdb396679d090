#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/study/study.h"

namespace falsify::harness {

/// What a hypothesis will take, before anything has run.
struct HypothesisPlan {
  std::string id;
  std::string claim;
  std::string subject;
  std::string requirement;    ///< "ttft below 2 s", "peak_rss / payload below 2.0"
  std::string conditions;     ///< "first_token(prompt_tokens=9), cold"
  int blocks_to_pass = 0;     ///< fewest, without a violation
  int blocks_to_falsify = 0;  ///< fewest, all violating
  int max_blocks = 0;
  int trials_per_block = 1;
  double worst_seconds = 0;  ///< every trial of every block, the control's too, at its timeout
  std::string warning;       ///< "cannot PASS: needs 68 blocks, has 60"; or empty
};

/// m of the statistics is taken from the whole study, whatever part of it runs.
std::vector<HypothesisPlan> PlanOf(const Study& study);

}  // namespace falsify::harness
