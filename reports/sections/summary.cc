#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/text/encode.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Record;

namespace {

std::string Or(const std::string& text, std::string_view missing) {
  return text.empty() ? std::string(missing) : Prose(text);
}

std::vector<const HypothesisRecord*> WithVerdict(const Record& record, Verdict verdict) {
  std::vector<const HypothesisRecord*> found;
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    if (hypothesis.verdict == verdict) found.push_back(&hypothesis);
  }
  return found;
}

// Furthest beyond its limit; the first one where that is not known.
const HypothesisRecord& Clearest(const std::vector<const HypothesisRecord*>& falsified) {
  return **std::max_element(falsified.begin(), falsified.end(),
                            [](const HypothesisRecord* a, const HypothesisRecord* b) {
                              return TimesTheLimit(*a).value_or(0) < TimesTheLimit(*b).value_or(0);
                            });
}

std::string Instance(const HypothesisRecord& hypothesis) {
  if (IsInvariant(hypothesis)) {
    return fmt::format("{}: {} of {} {}", Prose(hypothesis.id), Code(hypothesis.measure),
                       Code(hypothesis.subject), SeenText(hypothesis));
  }
  return fmt::format("{}: the {} {} of {} is {}, where {} is claimed", Prose(hypothesis.id),
                     QuantileWords(hypothesis.quantile), MeasureWords(hypothesis.measure),
                     Code(hypothesis.subject), SeenText(hypothesis), ClaimedValues(hypothesis));
}

std::string SecondSentence(const Record& record) {
  const auto decisive = WithVerdict(record, record.verdict);
  if (decisive.empty()) return "So this run supports no claim, for or against.";
  const HypothesisRecord& first = *decisive.front();
  if (record.verdict == Verdict::kFalsified) {
    return fmt::format("The clearest is {}.", Instance(Clearest(decisive)));
  }
  if (record.verdict == Verdict::kPass) return fmt::format("For instance {}.", Instance(first));
  return fmt::format("{}: {}", Prose(first.id), Sentence(first.why, "the record does not say why"));
}

std::string FirstSentence(const Record& record) {
  std::vector<std::string> ids;
  for (const HypothesisRecord* hypothesis : WithVerdict(record, record.verdict)) {
    ids.push_back(Prose(hypothesis->id));
  }
  if (record.hypotheses.empty()) return "No hypothesis was tested.";
  constexpr std::size_t kMostIds = 12;
  const bool name_them = !ids.empty() && record.verdict != Verdict::kPass;
  return fmt::format("{}, on {}{}.", VerdictCounts(record),
                     CountOf(record.subjects.size(), "subject"),
                     name_them ? fmt::format(" ({}: {})", criteria::Name(record.verdict),
                                             Enumerate(AtMost(ids, kMostIds)))
                               : "");
}

std::vector<const harness::TrialRecord*> AllTrials(const Record& record) {
  std::vector<const harness::TrialRecord*> all;
  for (const harness::TrialRecord& trial : record.trials) all.push_back(&trial);
  return all;
}

}  // namespace

void AddHead(const Record& record, Document& document) {
  const std::string title = Or(record.study_title, "study without a title");
  document.Heading(1, fmt::format("{}: {}", criteria::Name(record.verdict), title));
  document.Bullets({
      fmt::format("Study: {}", Or(record.study_id, "id not recorded")),
      fmt::format("Date: {}", Or(record.started_at, "not recorded")),
      fmt::format("Verdict: **{}** (exit code {})", criteria::Name(record.verdict),
                  record.exit_code),
  });
}

void AddSummary(const Record& record, Document& document) {
  document.Heading(2, "Summary");
  const auto trials = AllTrials(record);
  if (NothingFinished(trials)) {
    document.Paragraph(fmt::format("**0 of {} trials finished**: {}.", Count(trials.size()),
                                   OutcomeCounts(trials)));
  }
  document.Paragraph(FirstSentence(record) + " " + SecondSentence(record));
}

}  // namespace falsify::reports
