#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/sections/sweep.h"
#include "reports/sections/verdict_details.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Record;
using harness::TrialRecord;

namespace {

std::uint64_t Natural(int count) { return static_cast<std::uint64_t>(std::max(0, count)); }

std::string WouldRefute(const HypothesisRecord& hypothesis) {
  if (IsInvariant(hypothesis)) {
    return "**What would have refuted it:** a single block in which it does not hold.";
  }
  if (IsOrder(hypothesis)) {
    return fmt::format(
        "**What would have refuted it:** in more than half of the blocks an exponent that exceeds "
        "that of {} by {} or more, over all sizes or between the two largest, or the same of what "
        "was counted beside the clock, until the e-value against it reached {}.",
        Prose(hypothesis.sweep->order), LimitText(hypothesis), Plain(hypothesis.falsify.need));
  }
  const bool above = hypothesis.criterion == "above";
  const double allowed = above ? hypothesis.quantile : 1 - hypothesis.quantile;
  return fmt::format(
      "**What would have refuted it:** a {} of {} in more of the blocks than the {} that the claim "
      "allows, until the e-value against it reached {}.",
      Code(hypothesis.measure), ViolatingValues(hypothesis), Percent(allowed),
      Plain(hypothesis.falsify.need));
}

std::string Happened(const HypothesisRecord& hypothesis) {
  const auto& against = hypothesis.falsify;
  const std::string violating = against.n == 0
                                    ? "No block could be counted"
                                    : fmt::format("{} of {} violated the limit beyond doubt",
                                                  Count(Natural(against.violations)),
                                                  CountOf(Natural(against.n), "usable block"));
  const std::string interval =
      hypothesis.estimate.confidence > 0
          ? fmt::format(" (interval at {} confidence)", Percent(hypothesis.estimate.confidence))
          : "";
  if (IsInvariant(hypothesis)) return fmt::format("**What happened:** {}.", violating);
  return fmt::format("**What happened:** {}. Observed {}: {}{}.", violating,
                     QuantileWords(hypothesis.quantile), SeenText(hypothesis), interval);
}

std::string SetAside(const HypothesisRecord& hypothesis,
                     const std::vector<const TrialRecord*>& trials) {
  if (hypothesis.set_aside == 0) return "no block set aside";
  double slowest = 0;
  for (const TrialRecord* trial : trials) {
    if (trial->disturbed) slowest = std::max(slowest, trial->slowdown);
  }
  const std::string how_slow =
      slowest > 0 ? fmt::format(", up to {} of its quiet pace", Quantity(slowest, "x")) : "";
  return fmt::format("{} set aside because the host was slow meanwhile{}",
                     CountOf(Natural(hypothesis.set_aside), "block"), how_slow);
}

std::string Effort(const Record& record, const HypothesisRecord& hypothesis,
                   const std::vector<const TrialRecord*>& trials) {
  const std::string most =
      hypothesis.max_blocks > 0 ? fmt::format(" of at most {}", hypothesis.max_blocks) : "";
  const std::string outcomes = trials.empty() ? "" : fmt::format(" ({})", OutcomeCounts(trials));
  return fmt::format(
      "**Effort:** {}{}, {}{}; {}; {}; seed {}.", CountOf(Natural(hypothesis.blocks), "block"),
      most, CountOf(Natural(hypothesis.trials), "trial"), outcomes, SetAside(hypothesis, trials),
      hypothesis.failed == 0
          ? "no block failed"
          : CountOf(Natural(hypothesis.failed), "block") + " with a failed trial",
      record.seed);
}

Table EvidenceTable(const HypothesisRecord& hypothesis) {
  constexpr Align kRight = Align::kRight;
  Table table(
      {{"evidence"}, {"violations / blocks", kRight}, {"e-value", kRight}, {"needed", kRight}});
  const auto row = [&](std::string name, std::string_view stream,
                       const harness::StreamRecord& seen) {
    table.Row({std::move(name), fmt::format("k{0}/n{0} = {1}/{2}", stream, seen.violations, seen.n),
               Plain(seen.e), Plain(seen.need)});
  };
  row("against the claim (certain violations)", "F", hypothesis.falsify);
  row("for the claim (possible violations)", "C", hypothesis.corroborate);
  return table;
}

void AddCompound(const HypothesisRecord& compound, Document& document) {
  document.Heading(3, fmt::format("{}: {}", Prose(compound.id), criteria::Name(compound.verdict)));
  document.Paragraph("**Claim:** " + Prose(compound.claim));
  std::vector<std::string> items = {
      fmt::format("**Tested as:** {}.", Requirement(compound)),
      "**Why this verdict:** " + Sentence(compound.why, "the record does not say")};
  if (compound.e_falsify && compound.e_corroborate) {
    items.push_back(fmt::format(
        "**Evidence:** {} against it, the mean of its members'; {} for it, the least of theirs.",
        Plain(*compound.e_falsify), Plain(*compound.e_corroborate)));
  }
  document.Bullets(items);
}

void AddHypothesis(const Record& record, const HypothesisRecord& hypothesis, Document& document) {
  if (IsCompound(hypothesis)) return AddCompound(hypothesis, document);
  const auto trials = TrialsOf(record, hypothesis);
  document.Heading(3,
                   fmt::format("{}: {}", Prose(hypothesis.id), criteria::Name(hypothesis.verdict)));
  if (NothingFinished(trials)) {
    document.Paragraph(fmt::format("**0 of {} trials finished**: {}.", Count(trials.size()),
                                   OutcomeCounts(trials)));
  }
  document.Paragraph("**Claim:** " + Prose(hypothesis.claim));
  std::vector<std::string> items = {
      fmt::format("**Tested as:** {}; workload {}.", Requirement(hypothesis),
                  SettingWords(hypothesis.workload, hypothesis.cache)),
      WouldRefute(hypothesis), Happened(hypothesis), Effort(record, hypothesis, trials)};
  if (hypothesis.mode == "steady") {
    items.push_back(
        "**Mode:** steady: each trial is the median of many loads inside one process, so these "
        "figures stand beside no one-shot figure.");
  }
  if (!hypothesis.precision.empty()) {
    items.push_back("**Precision demanded of both sides:** " + Prose(hypothesis.precision) + ".");
  }
  if (hypothesis.verdict != Verdict::kInvalid) {
    items.push_back("**Why this verdict:** " + Sentence(hypothesis.why, "the record does not say"));
  }
  if (hypothesis.serially_dependent) {
    items.push_back(
        "**Warning:** the blocks are serially dependent; the verdict's error rate assumes that "
        "they are not. This never changes a verdict.");
  }
  document.Bullets(items);
  if (!IsInvariant(hypothesis)) document.Add(EvidenceTable(hypothesis));
  AddSweep(hypothesis, document);
  AddVerdictDetails(record, hypothesis, document);
}

}  // namespace

void AddHypotheses(const Record& record, Document& document) {
  document.Heading(2, "Hypotheses");
  if (record.hypotheses.empty()) {
    document.Paragraph("None was tested.");
    return;
  }
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    AddHypothesis(record, hypothesis, document);
  }
}

}  // namespace falsify::reports
