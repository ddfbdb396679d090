#include "harness/claim.h"

#include <algorithm>

#include "harness/study/measures.h"

namespace falsify::harness {

criteria::Claim ClaimOf(const Hypothesis& hypothesis) {
  const MeasureEntry& measure = *FindMeasure(hypothesis.measure);
  criteria::Claim claim;
  const bool below = hypothesis.predict.kind == Prediction::Kind::kBelow;
  claim.form = below ? criteria::Form::kBelow : criteria::Form::kAbove;
  claim.threshold = hypothesis.predict.threshold;
  claim.quantile = hypothesis.predict.quantile;
  claim.noise_sensitive = IsNoiseSensitive(measure.kind);
  const bool slower_is_worse = (measure.kind == MeasureKind::kTime) == below;
  claim.noise_only_hurts =
      claim.noise_sensitive && slower_is_worse && !ComparesSubjects(hypothesis);
  return claim;
}

criteria::Rules RulesOf(const Hypothesis& hypothesis, const criteria::Claim& claim, int leaves) {
  criteria::Rules rules;
  rules.alpha = hypothesis.alpha;
  rules.beta = hypothesis.beta;
  rules.leaves = leaves;
  rules.min_blocks = hypothesis.blocks.min;
  rules.max_blocks = hypothesis.blocks.max;
  if (!hypothesis.blocks.max_given && claim.quantile != 0.5) {
    rules.max_blocks = std::max(
        rules.max_blocks, criteria::FewestBlocksToPass(claim, rules.beta, rules.min_blocks, 1));
  }
  return rules;
}

bool ComparesSubjects(const Hypothesis& hypothesis) {
  return hypothesis.relative_to && hypothesis.relative_to->to == Relative::To::kSubject;
}

std::string RelativeName(const Hypothesis& hypothesis) {
  if (!hypothesis.relative_to) return {};
  switch (hypothesis.relative_to->to) {
    case Relative::To::kPayload:
      return "payload";
    case Relative::To::kFile:
      return "file";
    case Relative::To::kSubject:
      return hypothesis.relative_to->subject;
  }
  return {};
}

}  // namespace falsify::harness
