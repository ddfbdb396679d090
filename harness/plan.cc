#include "harness/plan.h"

#include "criteria/criterion.h"
#include "fmt/format.h"
#include "harness/claim.h"
#include "harness/trial_step.h"

namespace falsify::harness {
namespace {

std::string Requirement(const Hypothesis& hypothesis) {
  std::string text = hypothesis.measure;
  const std::string relative = RelativeName(hypothesis);
  if (!relative.empty()) text += " / " + relative;
  const bool below = hypothesis.predict.kind == Prediction::Kind::kBelow;
  text += fmt::format(" {} {}", below ? "below" : "above", hypothesis.predict.threshold_text);
  if (hypothesis.predict.quantile != 0.5) {
    text += fmt::format(" (quantile {})", hypothesis.predict.quantile);
  }
  return text;
}

}  // namespace

std::vector<HypothesisPlan> PlanOf(const Study& study) {
  std::vector<HypothesisPlan> plans;
  const int leaves = static_cast<int>(study.hypotheses.size());
  for (const Hypothesis& hypothesis : study.hypotheses) {
    const criteria::Claim claim = ClaimOf(hypothesis);
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
    plan.trials_per_block = ComparesSubjects(hypothesis) ? 2 : 1;
    const int runs = hypothesis.control ? 2 : 1;
    plan.worst_seconds =
        hypothesis.timeout_seconds * plan.max_blocks * plan.trials_per_block * runs;
    if (plan.max_blocks < plan.blocks_to_pass) {
      plan.warning =
          fmt::format("cannot PASS: needs {} blocks, has {}", plan.blocks_to_pass, plan.max_blocks);
    } else if (plan.max_blocks < plan.blocks_to_falsify) {
      plan.warning = fmt::format("cannot be FALSIFIED: needs {} blocks, has {}",
                                 plan.blocks_to_falsify, plan.max_blocks);
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace falsify::harness
