#include "harness/plan.h"

#include "criteria/criterion.h"
#include "fmt/format.h"
#include "harness/claim.h"
#include "harness/sabotage_plan.h"
#include "harness/trial_step.h"

namespace falsify::harness {
std::vector<HypothesisPlan> PlanOf(const Study& study) {
  std::vector<HypothesisPlan> plans;
  for (const Hypothesis& hypothesis : study.hypotheses) {
    if (hypothesis.is_compound()) continue;
    const criteria::Claim claim = ClaimOf(hypothesis);
    const int parts = 1 + static_cast<int>(CompanionsOf(hypothesis, claim).size());
    const int leaves = study.leaves() * parts;
    const criteria::Rules rules = RulesOf(hypothesis, claim, leaves);
    HypothesisPlan plan;
    plan.id = hypothesis.id;
    plan.claim = hypothesis.claim;
    plan.subject = hypothesis.subject;
    plan.requirement = Requirement(hypothesis);
    plan.conditions = fmt::format("{}, {}", Describe(hypothesis.workload), Name(hypothesis.cache));
    plan.blocks_to_pass = criteria::FewestBlocksToPass(claim, rules.beta, rules.min_blocks, 0);
    plan.blocks_to_falsify =
        criteria::FewestBlocksToFalsify(claim, rules.alpha, leaves, rules.min_blocks);
    plan.max_blocks = rules.max_blocks;
    const int sizes = hypothesis.sweep ? static_cast<int>(hypothesis.sweep->sizes.size()) : 1;
    plan.trials_per_block = (ComparesSubjects(hypothesis) ? 2 : 1) * sizes;
    constexpr int kRuns = 2;  // the control's too
    plan.worst_seconds =
        hypothesis.timeout_seconds * plan.max_blocks * plan.trials_per_block * kRuns;
    if (plan.max_blocks < plan.blocks_to_pass) {
      plan.warning =
          fmt::format("cannot PASS: needs {} blocks, has {}", plan.blocks_to_pass, plan.max_blocks);
    } else if (plan.max_blocks < plan.blocks_to_falsify) {
      plan.warning = fmt::format("cannot be FALSIFIED: needs {} blocks, has {}",
                                 plan.blocks_to_falsify, plan.max_blocks);
    } else if (!hypothesis.control) {
      const std::string why = WhyNoSabotage(hypothesis);
      if (!why.empty()) plan.warning = fmt::format("cannot PASS without a control: {}", why);
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace falsify::harness
