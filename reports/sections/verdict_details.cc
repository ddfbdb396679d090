#include "reports/sections/verdict_details.h"

#include <algorithm>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/words.h"
#include "reports/text/encode.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Outcome;
using harness::Record;
using harness::TrialRecord;

namespace {

constexpr std::size_t kMostExamples = 10;
constexpr double kFarAway = 10;

bool Below(const HypothesisRecord& hypothesis) { return hypothesis.criterion != "above"; }

std::string Beside(const HypothesisRecord& hypothesis, double value) {
  return QuantityBeside(value, hypothesis.unit, hypothesis.threshold);
}

std::string SeveritySentence(const HypothesisRecord& hypothesis) {
  if (!hypothesis.severity) return "**Severity:** not defined for this verdict.";
  const std::string_view wrong = hypothesis.verdict == Verdict::kInconclusive
                                     ? "Were the claim wrong, evidence for it as strong as this"
                                     : "Were the verdict wrong, evidence this strong";
  return fmt::format("**Severity:** {}. {} would fail to appear with at least this probability.",
                     Percent(*hypothesis.severity), wrong);
}

std::string RuledOut(const HypothesisRecord& hypothesis) {
  if (IsOrder(hypothesis)) {
    const auto& high = hypothesis.estimate.high;
    return high ? fmt::format("**Ruled out:** an exponent beyond {} above that of {}.",
                              Beside(hypothesis, *high), Prose(hypothesis.sweep->order))
                : "**Ruled out:** no exponent is bounded.";
  }
  if (hypothesis.criterion == "between") {
    const auto& [value, at_least, low, high, confidence] = hypothesis.estimate;
    if (!low || !high) return "**Ruled out:** no value is bounded.";
    return fmt::format("**Ruled out:** a {} outside {} to {}.", QuantileWords(hypothesis.quantile),
                       Beside(hypothesis, *low), Beside(hypothesis, *high));
  }
  const auto& end = Below(hypothesis) ? hypothesis.estimate.high : hypothesis.estimate.low;
  if (!end) return "**Ruled out:** no value is bounded.";
  const std::string share =
      hypothesis.threshold > 0
          ? fmt::format(", which is {} of the limit of {}", Percent(*end / hypothesis.threshold),
                        LimitText(hypothesis))
          : "";
  return fmt::format("**Ruled out:** a {} beyond {}{}.", QuantileWords(hypothesis.quantile),
                     Beside(hypothesis, *end), share);
}

std::string QStarSentence(const HypothesisRecord& hypothesis) {
  if (hypothesis.p_upper >= 1) {
    return "**Share of violations:** not bounded yet (p_upper = 1, q* = 0).";
  }
  const std::string sure =
      hypothesis.corroborate.need > 1
          ? fmt::format(" with {} confidence", Percent(1 - 1 / hypothesis.corroborate.need))
          : "";
  return fmt::format(
      "**Share of violations:** at most {}{} (p_upper = {}), so the limit is corroborated for the "
      "quantile q* = 1 - p_upper = {}, whatever quantile was claimed.",
      Percent(hypothesis.p_upper), sure, Plain(hypothesis.p_upper), Plain(1 - hypothesis.p_upper));
}

/// The claim with its limit moved outward by `factor`.
std::string ClaimAt(const HypothesisRecord& hypothesis, double factor) {
  const std::string limit = Exact(factor * hypothesis.threshold, hypothesis.unit);
  if (IsOrder(hypothesis)) return "excess exponent below " + limit;
  if (hypothesis.criterion == "between") {
    return fmt::format("{} between {} and {}", QuantileWords(hypothesis.quantile),
                       Exact(hypothesis.threshold / factor, hypothesis.unit),
                       Exact(hypothesis.upper_threshold * factor, hypothesis.unit));
  }
  return fmt::format("{} {} {}", QuantileWords(hypothesis.quantile), Prose(hypothesis.criterion),
                     limit);
}

Table SeverityTable(const HypothesisRecord& hypothesis) {
  Table table({{"had the claim been"},
               {"times the limit", Align::kRight},
               {"its severity", Align::kRight}});
  for (const harness::SeverityRow& row : hypothesis.severity_table) {
    table.Row({ClaimAt(hypothesis, row.factor), Exact(row.factor, "x"),
               row.severity ? Percent(*row.severity) : "not supported"});
  }
  return table;
}

/// A threshold far away is a test that only a disaster would fail.
std::string ReachSentence(const HypothesisRecord& hypothesis) {
  const auto& value = hypothesis.estimate.value;
  const bool plain = hypothesis.criterion == "below" || hypothesis.criterion == "above";
  if (!plain || !value || *value <= 0 || hypothesis.threshold <= 0) return "";
  const double times =
      Below(hypothesis) ? hypothesis.threshold / *value : *value / hypothesis.threshold;
  if (times < kFarAway) return "";
  return fmt::format(
      "**Reach:** the limit lies {} from what was seen: only a change that large would be noticed.",
      Quantity(times, "x"));
}

void AddPass(const HypothesisRecord& hypothesis, Document& document) {
  if (IsInvariant(hypothesis)) {
    document.Bullets({"**Survived.** The claim withstood this test; that does not prove it.",
                      QStarSentence(hypothesis), ControlSentence(hypothesis)});
    return;
  }
  std::vector<std::string> items = {
      "**Survived.** The claim withstood this test; that does not prove it.",
      SeveritySentence(hypothesis), RuledOut(hypothesis), QStarSentence(hypothesis),
      ControlSentence(hypothesis)};
  if (std::string reach = ReachSentence(hypothesis); !reach.empty()) items.push_back(reach);
  document.Bullets(items);
  document.Add(SeverityTable(hypothesis));
}

std::string CounterExamples(const Record& record, const HypothesisRecord& hypothesis) {
  std::vector<std::string> examples;
  for (const std::uint64_t number : hypothesis.counterexamples) {
    const TrialRecord* trial = FindTrial(record, number);
    if (trial == nullptr) {
      examples.push_back(fmt::format("trial {} (not in the record)", number));
      continue;
    }
    if (IsOrder(hypothesis) || IsInvariant(hypothesis)) {
      examples.push_back(IsOrder(hypothesis) ? fmt::format("the block of trial {}", number)
                                             : fmt::format("trial {}", number));
      continue;
    }
    const harness::EstimateRecord value = ValueIn(record, hypothesis, *trial);
    const std::string_view limit = value.value_at_least ? ">= " : "";
    examples.push_back(fmt::format(
        "trial {}: {}", number,
        value.value ? fmt::format("{}{}", limit, Beside(hypothesis, *value.value))
                    : std::string(OutcomeWords(trial->observation.outcome)) + ", no value"));
  }
  if (examples.empty()) return "**Counter-examples:** the record names no trial.";
  return fmt::format("**Counter-examples:** {}.", Enumerate(AtMost(examples, kMostExamples)));
}

std::string HowFar(const HypothesisRecord& hypothesis) {
  if (!TimesTheLimit(hypothesis))
    return "**How far off:** the interval has no end on that side, so it is not bounded.";
  const bool below = Below(hypothesis);
  const double end = below ? *hypothesis.estimate.low : *hypothesis.estimate.high;
  return fmt::format(
      "**How far off:** even the {} {} that the evidence leaves possible, {}, is {} the limit of "
      "{}.",
      below ? "lowest" : "highest", QuantileWords(hypothesis.quantile), Beside(hypothesis, end),
      Quantity(end / hypothesis.threshold, "x"), LimitText(hypothesis));
}

std::string HostMeanwhile(const Record& record, const HypothesisRecord& hypothesis) {
  double slowest = 0;
  std::size_t disturbed = 0;
  for (const std::uint64_t number : hypothesis.counterexamples) {
    const TrialRecord* trial = FindTrial(record, number);
    if (trial == nullptr) continue;
    slowest = std::max(slowest, trial->slowdown);
    disturbed += trial->disturbed ? 1 : 0;
  }
  if (slowest <= 0) return "**Host during them:** not recorded.";
  if (record.probes.empty()) return "**Host during them:** host noise not checked.";
  return fmt::format("**Host during them:** slow-down at most {}; {} of them disturbed.",
                     Quantity(slowest, "x"), Count(disturbed));
}

void AddFalsified(const Record& record, const HypothesisRecord& hypothesis, Document& document) {
  std::vector<std::string> items = {CounterExamples(record, hypothesis)};
  const bool limit = !IsInvariant(hypothesis) && !IsOrder(hypothesis);
  if (limit) items.push_back(HowFar(hypothesis));
  if (!IsInvariant(hypothesis)) items.push_back(SeveritySentence(hypothesis));
  items.push_back(HostMeanwhile(record, hypothesis));
  document.Bullets(items);
}

std::string StopWords(const HypothesisRecord& hypothesis) {
  const std::string& stop = hypothesis.stop;
  if (stop == "max blocks") {
    return fmt::format(
        "the budget of {} was spent",
        CountOf(static_cast<std::uint64_t>(std::max(0, hypothesis.max_blocks)), "block"));
  }
  if (stop == "out of time") return "the time of the run was up";
  if (stop == "hopeless") return "no outcome of the blocks left could have decided it";
  if (stop == "failed trials") return "too many trials failed";
  return stop.empty() ? "not recorded" : Prose(stop);
}

void AddInconclusive(const HypothesisRecord& hypothesis, Document& document) {
  const auto& needed = hypothesis.blocks_still_needed;
  document.Bullets({fmt::format("**Why it stopped:** {}.", StopWords(hypothesis)),
                    QStarSentence(hypothesis), SeveritySentence(hypothesis),
                    needed
                        ? fmt::format("**Blocks still needed:** about {}, if they go on like this.",
                                      Count(static_cast<std::uint64_t>(std::max(0, *needed))))
                        : "**Blocks still needed:** cannot be estimated from what was seen."});
}

void AddInvalid(const Record& record, const HypothesisRecord& hypothesis, Document& document) {
  document.Bullets(
      {"**Condition that failed:** " + Sentence(hypothesis.why, "the record does not say"),
       ControlSentence(hypothesis)});
  document.Paragraph("What would repair it:");
  document.Bullets(Repairs(record, hypothesis));
}

void AddError(const Record& record, const HypothesisRecord& hypothesis, Document& document) {
  const auto trials = RelatedTrials(record, hypothesis);
  document.Bullets({fmt::format("**Outcomes:** {}.", OutcomeCounts(trials))});
  const auto failed = std::find_if(trials.rbegin(), trials.rend(), [](const TrialRecord* trial) {
    return trial->observation.outcome != Outcome::kOk;
  });
  if (failed == trials.rend()) return;
  const harness::Observation& seen = (*failed)->observation;
  std::string cause = seen.cause;
  if (cause.empty() && seen.error) cause = seen.error->Line();
  document.Paragraph(fmt::format("Trial {}, the last that failed: {}", (*failed)->number,
                                 Sentence(cause, "no cause recorded")));
  if (seen.stderr_tail.empty()) {
    document.Paragraph("It wrote nothing to stderr.");
    return;
  }
  constexpr std::size_t kLines = 20;
  document.Paragraph("The last lines it wrote to stderr:");
  document.Fence(MarkdownFence(Untrusted(seen.stderr_tail), "worker> ", kLines));
}

std::string SabotageSentence(const HypothesisRecord& hypothesis,
                             const harness::ControlRecord& control) {
  const std::string run = fmt::format(
      "{} itself, sabotaged with {}, went through the same criterion for {} and came out {}",
      Code(hypothesis.subject), Prose(control.sabotage),
      CountOf(static_cast<std::uint64_t>(std::max(0, control.blocks)), "block"),
      criteria::Name(control.verdict));
  if (control.verdict != Verdict::kFalsified) {
    return fmt::format("**Sabotage:** {}: the test has no teeth.", run);
  }
  if (!control.caught_above) return fmt::format("**Sabotage:** {}: the test has teeth.", run);
  const bool order = IsOrder(hypothesis);
  return fmt::format("**Sabotage:** {}. This test would have caught anything {} {}{}.", run,
                     Below(hypothesis) ? "above" : "below", order ? "an excess exponent of " : "",
                     order ? Plain(*control.caught_above)
                           : QuantityBeside(*control.caught_above, "x", 1) + " the limit");
}

}  // namespace

std::string ControlSentence(const HypothesisRecord& hypothesis) {
  if (!hypothesis.control) {
    return hypothesis.verdict == Verdict::kPass
               ? "**Control:** no control was run: this PASS rests on the evidence alone; whether "
                 "the test can fail was not shown."
               : "**Control:** none was run.";
  }
  const harness::ControlRecord& control = *hypothesis.control;
  if (!control.sabotage.empty()) return SabotageSentence(hypothesis, control);
  const std::string run = fmt::format(
      "{} went through the same criterion for {} and came out {}, at {}", Code(control.subject),
      CountOf(static_cast<std::uint64_t>(std::max(0, control.blocks)), "block"),
      criteria::Name(control.verdict),
      EstimateText(control.estimate, hypothesis.unit, hypothesis.threshold));
  return control.verdict == Verdict::kFalsified
             ? fmt::format("**Control:** {}: the test catches a claim that is wrong.", run)
             : fmt::format("**Control:** {}: the test has not been seen to fail.", run);
}

void AddVerdictDetails(const Record& record, const HypothesisRecord& hypothesis,
                       Document& document) {
  switch (hypothesis.verdict) {
    case Verdict::kPass:
      return AddPass(hypothesis, document);
    case Verdict::kFalsified:
      return AddFalsified(record, hypothesis, document);
    case Verdict::kInconclusive:
      return AddInconclusive(hypothesis, document);
    case Verdict::kInvalid:
      return AddInvalid(record, hypothesis, document);
    case Verdict::kError:
      return AddError(record, hypothesis, document);
  }
}

}  // namespace falsify::reports
