#include "harness/sabotage_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "criteria/host_noise.h"
#include "criteria/median_interval.h"
#include "criteria/sabotage.h"
#include "fmt/format.h"
#include "harness/claim.h"

namespace falsify::harness {
namespace {

using Kind = Sabotage::Kind;

/// What makes a measure larger, or an invariant fail. Everything else has no sabotage.
struct Means {
  std::string_view measure;
  Kind kind;
};
constexpr std::array kMeans = {
    Means{"load_time", Kind::kDelay},
    Means{"materialize_time", Kind::kDelayWork},
    Means{"ready_time", Kind::kDelay},
    Means{"ttft", Kind::kDelay},
    Means{"cpu_time", Kind::kSpin},
    Means{"startup_time", Kind::kDelay},
    Means{"shutdown_time", Kind::kDelayWork},
    Means{"throughput", Kind::kDelay},
    Means{"decode_rate", Kind::kDelayWork},
    Means{"peak_rss", Kind::kBallast},
    Means{"peak_anon", Kind::kBallast},
    Means{"peak_pss", Kind::kBallast},
    Means{"rss_after_load", Kind::kBallast},
    Means{"peak_file", Kind::kFileBallast},
    Means{"bytes_read", Kind::kReads},
    Means{"storage_bytes", Kind::kStorageReads},
    Means{"minor_faults", Kind::kFaults},
    Means{"resident_after_load", Kind::kPrefault},
    Means{"rss_growth_per_cycle", Kind::kLeak},
    Means{"descriptor_growth_per_cycle", Kind::kLeakDescriptors},
    Means{"same_payload", Kind::kFlipByte},
    Means{"same_first_token", Kind::kNegateOutput},
    Means{"weights_used", Kind::kKeepOutput},
    Means{"rejects_malformed", Kind::kAccept},
    Means{"aligned", Kind::kMisalign},
    Means{"no_leak", Kind::kLeak},
};

/// Halvings of the range in which the smallest violation caught is sought.
constexpr int kSearchSteps = 24;

/// An eighth of a MiB after each cycle: far above kLeakBytesPerCycle, far below any limit.
constexpr double kLeakOfAnInvariant = 131072;

Kind MeansFor(std::string_view measure) {
  for (const Means& means : kMeans) {
    if (means.measure == measure) return means.kind;
  }
  return Kind::kNone;
}

std::optional<double> MedianAt(const HypothesisRun& run, std::size_t at,
                               const std::vector<TrialRecord>& trials) {
  std::vector<double> values;
  for (const Block& block : run.blocks()) {
    const HypothesisRun::BlockSamples samples = run.SamplesOf(block, run.measure(), trials);
    const bool disturbed = run.noise_sensitive() && block.slowdown > criteria::kDisturbed;
    if (samples.failed || disturbed || !std::isfinite(samples.values[at].hi)) continue;
    values.push_back(samples.values[at].lo);
  }
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  return criteria::MedianOf(values);
}

/// What one of the claim's ratio is worth in the measure's own unit: bytes, or what the other
/// subject typically measures.
double UnitOfRatio(const HypothesisRun& run, const std::vector<TrialRecord>& trials) {
  const Hypothesis& hypothesis = run.hypothesis();
  if (!hypothesis.relative_to) return 1;
  const ModelRecord& model = run.contestants().subjects.front()->record.model;
  switch (hypothesis.relative_to->to) {
    case Relative::To::kPayload:
      return static_cast<double>(model.payload_bytes);
    case Relative::To::kFile:
      return static_cast<double>(model.file_bytes);
    case Relative::To::kSubject:
      break;
  }
  std::vector<double> others;
  for (const Block& block : run.blocks()) {
    const auto& seen = trials[block.trials.back()].observation.measures;
    const auto found = seen.find(std::string(run.measure().name));
    if (found != seen.end()) others.push_back(found->second);
  }
  if (others.empty()) return 1;
  std::ranges::sort(others);
  return criteria::MedianOf(others);
}

double AmountToExceed(const HypothesisRun& run, Kind kind, double threshold, double estimate,
                      double unit) {
  const double factor = run.hypothesis().sabotage;
  const double amount = criteria::ToExceedRatio(threshold, factor, estimate * unit, unit);
  // Touching what is touched already adds nothing: this one is absolute.
  return kind == Kind::kPrefault ? threshold * factor * unit : std::ceil(amount * 1e9) / 1e9;
}

SabotagePlan OfOrder(const HypothesisRun& run, const std::vector<TrialRecord>& trials, Kind kind) {
  SabotagePlan plan;
  std::vector<double> typical;
  for (std::size_t i = 0; i < run.sizes().size(); ++i) {
    const std::optional<double> median = MedianAt(run, i, trials);
    if (!median) return {{}, "its trials have no typical values to go beyond"};
    typical.push_back(*median);
  }
  const std::vector<double> amounts =
      criteria::ToOutgrow(run.order(), run.claim().threshold, run.sizes(), typical);
  const bool whole = kind == Kind::kLeakDescriptors || kind == Kind::kFaults;
  for (const double amount : amounts) {
    plan.sabotages.push_back({kind, whole ? std::ceil(amount) : amount});
  }
  if (*std::ranges::max_element(amounts) <= 0) {
    return {{}, "nothing was measured that could be made to grow"};
  }
  return plan;
}

SabotagePlan OfThreshold(const HypothesisRun& run, const std::vector<TrialRecord>& trials,
                         Kind kind) {
  const std::optional<double> estimate = MedianAt(run, 0, trials);
  if (!estimate) return {{}, "its trials have no typical value to go beyond"};
  const criteria::Claim& claim = run.claim();
  if (claim.form == criteria::Form::kAbove) {
    const double work =
        run.measure().kind == MeasureKind::kTokenRate
            ? static_cast<double>(run.hypothesis().workload.max_tokens - 1)
            : static_cast<double>(run.contestants().subjects.front()->record.model.payload_bytes);
    const double delay =
        criteria::ToFallShort(claim.threshold, run.hypothesis().sabotage, *estimate, work);
    return {{{kind, delay}}, {}};
  }
  const double threshold =
      claim.form == criteria::Form::kBetween ? claim.upper_threshold : claim.threshold;
  const double amount = AmountToExceed(run, kind, threshold, *estimate, UnitOfRatio(run, trials));
  const bool whole = kind == Kind::kLeakDescriptors || kind == Kind::kFaults;
  return {{{kind, whole ? std::max(1.0, std::ceil(amount)) : amount}}, {}};
}

}  // namespace

std::string WhyNoSabotage(const Hypothesis& hypothesis) {
  const MeasureEntry& measure = *FindMeasure(hypothesis.measure);
  if (MeansFor(measure.name) == Kind::kNone) {
    return fmt::format("{} has no sabotage", measure.name);
  }
  const bool above = hypothesis.predict.kind == Prediction::Kind::kAbove;
  const bool rate = IsRate(measure.kind);
  if (above && (!rate || hypothesis.relative_to)) {
    return fmt::format("no sabotage makes {} smaller", measure.name);
  }
  if (rate && !above) return fmt::format("no sabotage makes {} larger", measure.name);
  const bool order = hypothesis.predict.kind == Prediction::Kind::kOrder;
  if (order && (hypothesis.relative_to || MeansFor(measure.name) == Kind::kPrefault)) {
    return fmt::format("{} cannot be made to outgrow a sweep", Requirement(hypothesis));
  }
  return {};
}

SabotagePlan PlanSabotage(const HypothesisRun& run, const std::vector<TrialRecord>& trials,
                          std::uint64_t available_bytes) {
  std::string impossible = WhyNoSabotage(run.hypothesis());
  if (!impossible.empty()) return {{}, std::move(impossible)};
  const Kind kind = MeansFor(run.measure().name);
  SabotagePlan plan;
  if (run.claim().form == criteria::Form::kHolds) {
    plan.sabotages = {{kind, kind == Kind::kLeak ? kLeakOfAnInvariant : 0}};
  } else if (run.claim().form == criteria::Form::kOrder) {
    plan = OfOrder(run, trials, kind);
  } else {
    plan = OfThreshold(run, trials, kind);
  }
  for (std::size_t i = 0; i < plan.sabotages.size(); ++i) {
    const PreparedSubject& subject = *run.contestants().subjects[i];
    const double bytes = plan.sabotages[i].amount;
    const bool ballast = kind == Kind::kBallast;
    const double held = static_cast<double>(subject.target.expected_anonymous_bytes);
    if (ballast && bytes + held > static_cast<double>(available_bytes)) {
      return {{},
              fmt::format("{} do not fit into the {:.1f} GB available", Describe(plan.sabotages[i]),
                          static_cast<double>(available_bytes) / 1e9)};
    }
    const auto payload = static_cast<double>(subject.record.model.payload_bytes);
    if (kind == Kind::kPrefault && bytes > payload) {
      return {{},
              fmt::format("the payload has only {:.4g} MB that could be touched", payload / 1e6)};
    }
  }
  return plan;
}

std::optional<double> CaughtAbove(const HypothesisRun& control,
                                  const std::vector<TrialRecord>& trials) {
  const criteria::Judgement& said = control.judgement();
  const criteria::Claim& claim = control.claim();
  if (claim.form == criteria::Form::kHolds) return std::nullopt;
  const bool between = claim.form == criteria::Form::kBetween;
  const double limit = between ? claim.upper_threshold : claim.threshold;
  const std::optional<double> seen =
      between ? said.components.back().estimate.value : said.estimate.value;
  if (said.verdict != criteria::Verdict::kFalsified || !seen) return std::nullopt;
  const std::vector<criteria::BlockValue> values = control.Values(trials);
  const auto caught = [&](double shift) {
    std::vector<criteria::BlockValue> shifted = values;
    for (criteria::BlockValue& value : shifted) {
      for (criteria::Interval* x : {&value.x, &value.top}) {
        x->lo -= shift;
        x->hi -= shift;
      }
    }
    return criteria::Judge(claim, control.rules(), shifted).verdict ==
           criteria::Verdict::kFalsified;
  };
  double sure = 0;                // shifted by so much, the control is still caught
  double beyond = *seen - limit;  // by so much, its median no longer violates
  for (int step = 0; step < kSearchSteps; ++step) {
    const double middle = (sure + beyond) / 2;
    (caught(middle) ? sure : beyond) = middle;
  }
  const double smallest = *seen - sure;
  return claim.form == criteria::Form::kOrder ? smallest : smallest / limit;
}

}  // namespace falsify::harness
