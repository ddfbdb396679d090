#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "reports/lookup.h"
#include "reports/sections/sections.h"
#include "reports/text/encode.h"
#include "reports/text/quantity.h"
#include "reports/verdict_line.h"
#include "reports/words.h"

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

std::string FalsifiedSentence(const HypothesisRecord& hypothesis) {
  const std::optional<double> times = TimesTheLimit(hypothesis);
  return fmt::format("The clearest is {}: the {} of {} is {}, where the claim needs {} {}{}.",
                     Prose(hypothesis.id), MeasureWords(hypothesis.measure),
                     Code(hypothesis.subject), SeenText(hypothesis), Prose(hypothesis.criterion),
                     LimitText(hypothesis),
                     times ? fmt::format("; even the favourable end of that interval misses the "
                                         "limit {}-fold",
                                         Plain(*times))
                           : "");
}

std::string PassSentence(const HypothesisRecord& hypothesis) {
  return fmt::format("For instance {}: the {} of {} is {}, where the claim needs {} {}.",
                     Prose(hypothesis.id), MeasureWords(hypothesis.measure),
                     Code(hypothesis.subject), SeenText(hypothesis), Prose(hypothesis.criterion),
                     LimitText(hypothesis));
}

std::string SecondSentence(const Record& record) {
  const auto decisive = WithVerdict(record, record.verdict);
  if (decisive.empty()) return "So this run supports no claim, for or against.";
  if (record.verdict == Verdict::kFalsified) return FalsifiedSentence(Clearest(decisive));
  if (record.verdict == Verdict::kPass) return PassSentence(*decisive.front());
  return fmt::format("{}: {}.", Prose(decisive.front()->id),
                     Or(decisive.front()->why, "the record does not say why"));
}

std::string FirstSentence(const Record& record) {
  std::vector<std::string> ids;
  for (const HypothesisRecord* hypothesis : WithVerdict(record, record.verdict)) {
    ids.push_back(Prose(hypothesis->id));
  }
  constexpr std::size_t kMostIds = 12;
  std::string counts = VerdictCounts(record);
  counts.front() = counts.front() == 'n' ? 'N' : counts.front();
  const bool name_them = !ids.empty() && record.verdict != Verdict::kPass;
  return fmt::format("{}{}, on {}.", counts,
                     name_them ? fmt::format(" ({}: {})", criteria::Name(record.verdict),
                                             Enumerate(AtMost(ids, kMostIds)))
                               : "",
                     CountOf(record.subjects.size(), "subject"));
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
