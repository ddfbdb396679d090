#include "harness/claim.h"

#include <algorithm>

#include "fmt/format.h"
#include "harness/study/measures.h"

namespace falsify::harness {

namespace {

criteria::Form FormOf(Prediction::Kind kind) {
  switch (kind) {
    case Prediction::Kind::kBelow:
      return criteria::Form::kBelow;
    case Prediction::Kind::kAbove:
      return criteria::Form::kAbove;
    case Prediction::Kind::kBetween:
      return criteria::Form::kBetween;
    case Prediction::Kind::kOrder:
      return criteria::Form::kOrder;
    case Prediction::Kind::kHolds:
      return criteria::Form::kHolds;
  }
  return criteria::Form::kBelow;
}

std::string SizeText(const Sweep& sweep, std::uint64_t size) {
  return Describe(ModelSize{sweep.over, size});
}

}  // namespace

criteria::Claim ClaimOf(const Hypothesis& hypothesis) {
  const MeasureEntry& measure = *FindMeasure(hypothesis.measure);
  criteria::Claim claim;
  const Prediction::Kind kind = hypothesis.predict.kind;
  const bool below = kind == Prediction::Kind::kBelow;
  claim.form = FormOf(kind);
  claim.threshold = hypothesis.predict.threshold;
  claim.upper_threshold = hypothesis.predict.upper_threshold;
  claim.quantile = hypothesis.predict.quantile;
  claim.noise_sensitive = IsNoiseSensitive(measure.kind);
  if (!below && kind != Prediction::Kind::kAbove) return claim;
  const bool slower_is_worse = (measure.kind == MeasureKind::kTime) == below;
  claim.noise_only_hurts =
      claim.noise_sensitive && slower_is_worse && !ComparesSubjects(hypothesis);
  return claim;
}

criteria::Order OrderOf(const Hypothesis& hypothesis) {
  if (hypothesis.predict.kind != Prediction::Kind::kOrder) return {};
  const auto order = criteria::ParseOrder(hypothesis.predict.order);
  return order ? *order : criteria::Order{};  // a study that was read has one
}

std::vector<Companion> CompanionsOf(const Hypothesis& hypothesis, const criteria::Claim& claim) {
  std::vector<Companion> companions;
  if (claim.form != criteria::Form::kOrder) return companions;
  if (claim.noise_sensitive && hypothesis.mode == Mode::kOneShot && !hypothesis.relative_to) {
    for (const char* name : {"bytes_read", "resident_after_load", "minor_faults"}) {
      criteria::Claim beside = claim;
      beside.noise_sensitive = false;
      companions.push_back({.measure = FindMeasure(name), .claim = beside, .judgement = {}});
    }
  }
  if (hypothesis.predict.slope) {
    criteria::Claim slope = claim;
    slope.form = criteria::Form::kBelow;
    slope.threshold = *hypothesis.predict.slope;
    companions.push_back({.measure = nullptr, .claim = slope, .judgement = {}});
  }
  return companions;
}

criteria::Rules RulesOf(const Hypothesis& hypothesis, const criteria::Claim& claim, int leaves) {
  criteria::Rules rules;
  rules.alpha = hypothesis.alpha;
  rules.beta = hypothesis.beta;
  rules.leaves = leaves;
  rules.min_blocks = hypothesis.blocks.min;
  rules.max_blocks = hypothesis.blocks.max;
  if (claim.form == criteria::Form::kHolds) return rules;
  if (!hypothesis.blocks.max_given && claim.quantile != 0.5) {
    rules.max_blocks = std::max(
        rules.max_blocks, criteria::FewestBlocksToPass(claim, rules.beta, rules.min_blocks, 1));
  }
  return rules;
}

std::string CriterionName(const Hypothesis& hypothesis) {
  switch (hypothesis.predict.kind) {
    case Prediction::Kind::kBelow:
      return "below";
    case Prediction::Kind::kAbove:
      return "above";
    case Prediction::Kind::kBetween:
      return "between";
    case Prediction::Kind::kOrder:
      return "order";
    case Prediction::Kind::kHolds:
      return "equals";
  }
  return {};
}

std::string Requirement(const Hypothesis& hypothesis) {
  std::string text = hypothesis.measure;
  const std::string relative = RelativeName(hypothesis);
  if (!relative.empty()) text += " / " + relative;
  switch (hypothesis.predict.kind) {
    case Prediction::Kind::kOrder:
      return fmt::format("{} {} from {} to {}", text, hypothesis.predict.order,
                         SizeText(*hypothesis.sweep, hypothesis.sweep->sizes.front()),
                         SizeText(*hypothesis.sweep, hypothesis.sweep->sizes.back()));
    case Prediction::Kind::kHolds:
      return hypothesis.alignment > 0 ? fmt::format("{} to {} B", text, hypothesis.alignment)
                                      : text;
    default:
      break;
  }
  text += fmt::format(" {} {}", CriterionName(hypothesis), hypothesis.predict.threshold_text);
  if (hypothesis.predict.quantile != 0.5) {
    text += fmt::format(" (quantile {})", hypothesis.predict.quantile);
  }
  return text;
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
