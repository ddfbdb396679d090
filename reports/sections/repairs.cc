#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/words.h"
#include "reports/sections/verdict_details.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using criteria::Verdict;
using harness::HypothesisRecord;
using harness::Outcome;
using harness::Record;
using harness::TrialRecord;

namespace {

using Trials = std::vector<const TrialRecord*>;

std::string CacheRepair(const HypothesisRecord& hypothesis, const Trials& trials) {
  const auto broken = std::find_if(trials.begin(), trials.end(), [](const TrialRecord* trial) {
    return !trial->cache_problem.empty();
  });
  if (broken == trials.end()) return "";
  return fmt::format(
      "The page cache was not {} when it had to be (trial {}: {}). Put the model on a file system "
      "whose pages this user may evict and query, with memory to spare.",
      Prose(hypothesis.cache), (*broken)->number, Prose((*broken)->cache_problem));
}

std::string PrecisionRepair(const Record& record, const HypothesisRecord& hypothesis) {
  const auto* left = FindSubject(record, hypothesis.subject);
  const auto* right = FindSubject(record, hypothesis.relative_to);
  if (left == nullptr || right == nullptr) return "";
  if (left->payload_digest == right->payload_digest && !left->payload_digest.empty()) return "";
  if (left->payload_digest.empty() || right->payload_digest.empty()) {
    return fmt::format("What {} holds could not be proven: use loaders that keep the stored bytes.",
                       Code((left->payload_digest.empty() ? left : right)->name));
  }
  return fmt::format(
      "{} and {} do not hold the same payload: compare two files with the same weights at the "
      "same precision.",
      Code(left->name), Code(right->name));
}

std::string NoiseRepair(const HypothesisRecord& hypothesis) {
  if (hypothesis.set_aside == 0) return "";
  return fmt::format(
      "{} of {} had to be set aside because the host was slow: repeat on a quiet host.",
      Count(static_cast<std::uint64_t>(std::max(0, hypothesis.set_aside))),
      CountOf(static_cast<std::uint64_t>(std::max(0, hypothesis.blocks)), "block"));
}

std::string ControlRepair(const HypothesisRecord& hypothesis) {
  if (!hypothesis.control || hypothesis.control->verdict == Verdict::kFalsified) return "";
  if (!hypothesis.control->sabotage.empty()) {
    return "The subject was brought beyond the limit and the test did not notice: allow more "
           "blocks, "
           "move the limit away from the noise, or sabotage by more.";
  }
  return fmt::format(
      "The control {} must be FALSIFIED and came out {}: name a control that clearly violates the "
      "claim, or allow more blocks.",
      Code(hypothesis.control->subject), criteria::Name(hypothesis.control->verdict));
}

std::string UnavailableRepair(const Trials& trials) {
  const auto unavailable = std::find_if(trials.begin(), trials.end(), [](const TrialRecord* trial) {
    return trial->observation.outcome == Outcome::kUnavailable;
  });
  if (unavailable == trials.end()) return "";
  const std::string& cause = (*unavailable)->observation.cause;
  return fmt::format("The loader of {} cannot work on this host ({}): run where it can.",
                     Code((*unavailable)->subject),
                     cause.empty() ? "no reason recorded" : Prose(cause));
}

}  // namespace

std::vector<std::string> Repairs(const Record& record, const HypothesisRecord& hypothesis) {
  const auto from = [&](const Trials& trials) {
    std::vector<std::string> repairs = {
        CacheRepair(hypothesis, trials), PrecisionRepair(record, hypothesis),
        NoiseRepair(hypothesis), ControlRepair(hypothesis), UnavailableRepair(trials)};
    repairs.erase(std::remove(repairs.begin(), repairs.end(), ""), repairs.end());
    return repairs;
  };
  std::vector<std::string> repairs = from(TrialsOf(record, hypothesis));
  if (repairs.empty()) repairs = from(RelatedTrials(record, hypothesis));
  if (repairs.empty()) {
    repairs.emplace_back("The record holds no figure that points to a repair beyond its reason.");
  }
  return repairs;
}

}  // namespace falsify::reports
