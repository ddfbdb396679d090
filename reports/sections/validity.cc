#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "reports/facts/lookup.h"
#include "reports/facts/words.h"
#include "reports/sections/sections.h"
#include "reports/text/quantity.h"

namespace falsify::reports {

using harness::HypothesisRecord;
using harness::Record;
using harness::SubjectRecord;
using harness::SummaryRecord;
using harness::TrialRecord;

namespace {

constexpr std::size_t kMostListed = 5;

template <class Wanted>
std::vector<std::string> TrialNumbers(const Record& record, Wanted wanted) {
  std::vector<std::string> numbers;
  for (const TrialRecord& trial : record.trials) {
    if (wanted(trial)) numbers.push_back(fmt::format("{}", trial.number));
  }
  return numbers;
}

std::string CacheStates(const Record& record) {
  if (record.trials.empty()) return "**Page cache:** no trial, so no state to verify.";
  std::map<std::string, std::vector<std::string>> trials_by_problem;
  std::size_t unverified = 0;
  for (const TrialRecord& trial : record.trials) {
    if (trial.cache_problem.empty()) continue;
    trials_by_problem[trial.cache_problem].push_back(fmt::format("{}", trial.number));
    ++unverified;
  }
  const std::string verified =
      fmt::format("**Page cache:** state verified before and after {} of {}",
                  Count(record.trials.size() - unverified), CountOf(record.trials.size(), "trial"));
  std::vector<std::string> problems;
  for (const auto& [problem, trials] : trials_by_problem) {
    problems.push_back(
        fmt::format("{} (trial {})", Prose(problem), Enumerate(AtMost(trials, kMostListed))));
  }
  if (problems.empty()) return verified + ".";
  return fmt::format("{}; otherwise: {}.", verified, Enumerate(AtMost(problems, kMostListed)));
}

std::string ProvenContent(const Record& record) {
  std::vector<std::string> different;
  std::vector<std::string> unproven;
  std::vector<std::string> believed;
  for (const SubjectRecord& subject : record.subjects) {
    if (subject.taken_at_its_word) {
      believed.push_back(Code(subject.name));
    } else if (subject.payload_digest.empty() || subject.model.payload_digest.empty()) {
      unproven.push_back(Code(subject.name));
    } else if (subject.payload_digest != subject.model.payload_digest) {
      different.push_back(Code(subject.name));
    }
  }
  std::string text = fmt::format(
      "**Content:** {} of {} hold exactly the payload of their model file, by digest",
      Count(record.subjects.size() - different.size() - unproven.size() - believed.size()),
      CountOf(record.subjects.size(), "subject"));
  if (!different.empty()) text += "; something else is held by " + Enumerate(different);
  if (!unproven.empty()) text += "; not proven for " + Enumerate(unproven);
  if (!believed.empty()) {
    text += "; taken at its word for the file it was given: " + Enumerate(believed);
  }
  return text + ".";
}

/// "model.layers.3.x" and "model.layers.4.x" become "model.layers.*.x".
std::string WithoutLayer(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool digit = line[i] >= '0' && line[i] <= '9';
    if (!digit || i == 0 || line[i - 1] != '.') {
      text += line[i];
      continue;
    }
    std::size_t end = line.find_first_not_of("0123456789", i);
    if (end == std::string::npos) end = line.size();
    const bool whole = end < line.size() && line[end] == '.';
    text += whole ? "*" : line.substr(i, end - i);
    i = end - 1;
  }
  return text;
}

std::string StoredWider(const HypothesisRecord& hypothesis) {
  std::map<std::string, int> groups;
  for (const std::string& line : hypothesis.stored_wider) ++groups[WithoutLayer(line)];
  std::vector<std::string> listed;
  for (const auto& [line, count] : groups) {
    listed.push_back(count == 1 ? Code(line) : fmt::format("{} ({} of them)", Code(line), count));
  }
  return Enumerate(listed);
}

std::string PrecisionOf(const HypothesisRecord& hypothesis, const SubjectRecord& left,
                        const SubjectRecord& right) {
  if (left.payload_digest.empty() || right.payload_digest.empty()) return "not proven";
  if (left.payload_digest == right.payload_digest) return "same payload, byte for byte";
  if (left.model.matched_digest != right.model.matched_digest || hypothesis.stored_wider.empty()) {
    return "different payload digests";
  }
  return fmt::format(
      "every matrix the same, byte for byte; {} one-dimensional tensors of equal values are stored "
      "wider on one side: {}",
      hypothesis.stored_wider.size(), StoredWider(hypothesis));
}

std::string MatchedPrecision(const Record& record) {
  std::vector<std::string> pairs;
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    const SubjectRecord* left = FindSubject(record, hypothesis.subject);
    const SubjectRecord* right = FindSubject(record, hypothesis.relative_to);
    if (left == nullptr || right == nullptr) continue;
    pairs.push_back(fmt::format("{}: {} against {}: {}", Prose(hypothesis.id), Code(left->name),
                                Code(right->name), PrecisionOf(hypothesis, *left, *right)));
  }
  if (pairs.empty()) return "**Precision:** no hypothesis compares two subjects.";
  return fmt::format("**Precision:** {}.", Enumerate(AtMost(pairs, kMostListed)));
}

std::string HostNoise(const Record& record) {
  if (record.probes.empty()) return "**Host noise:** not checked, the record holds no probe.";
  std::map<std::string, std::vector<double>> kinds;
  for (const harness::ProbeRecord& probe : record.probes) kinds[probe.kind].push_back(probe.value);
  std::vector<std::string> ranges;
  for (const auto& [kind, values] : kinds) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    ranges.push_back(
        fmt::format("{} {} to {}", Code(kind), Quantity(*least, "s"), Quantity(*most, "s")));
  }
  const auto disturbed =
      TrialNumbers(record, [](const TrialRecord& trial) { return trial.disturbed; });
  return fmt::format(
      "**Host noise:** {} ({}); {} in a disturbed block{}.", CountOf(record.probes.size(), "probe"),
      Enumerate(ranges), CountOf(disturbed.size(), "trial"),
      disturbed.empty() ? ""
                        : fmt::format(" (trial {})", Enumerate(AtMost(disturbed, kMostListed))));
}

std::string Priming(const Record& record) {
  if (record.trials.empty()) return "**Guest memory:** no trial to prime it for.";
  const auto without = TrialNumbers(record, [](const TrialRecord& trial) { return !trial.primed; });
  if (without.empty()) return "**Guest memory:** primed for every trial.";
  return fmt::format(
      "**Guest memory:** not primed for {} (trial {}); first touches there may cost "
      "more than elsewhere.",
      CountOf(without.size(), "trial"), Enumerate(AtMost(without, kMostListed)));
}

std::string Degraded(const Record& record) {
  std::vector<std::string> items;
  for (const SummaryRecord& summary : record.summaries) {
    for (const std::string& fallback : summary.fallbacks) {
      items.push_back(
          fmt::format("{}, {}: {}", Code(summary.subject), Prose(summary.cache), Prose(fallback)));
    }
  }
  if (items.empty()) return "**Fallbacks:** no loader reports one.";
  return fmt::format("**Fallbacks:** {}.", Enumerate(AtMost(items, kMostListed)));
}

std::string Advice(const Record& record) {
  std::vector<std::string> items;
  for (const SummaryRecord& summary : record.summaries) {
    for (const std::string& advice : summary.advice) {
      items.push_back(
          fmt::format("{}, {}: {}", Code(summary.subject), Prose(summary.cache), Prose(advice)));
    }
  }
  if (items.empty()) return "";
  return fmt::format("**Advice given to the kernel:** {}.", Enumerate(AtMost(items, kMostListed)));
}

std::string Proved(const Record& record) {
  std::vector<std::string> unproved;
  for (const HypothesisRecord& hypothesis : record.hypotheses) {
    if (!hypothesis.proved) unproved.push_back(Prose(hypothesis.id));
  }
  if (unproved.empty()) return "**The tests themselves:** each has been seen to fail.";
  return fmt::format("**The tests themselves:** not seen to fail: {}.", Enumerate(unproved));
}

std::string LeftBehind(const Record& record) {
  const auto stuck =
      TrialNumbers(record, [](const TrialRecord& trial) { return trial.observation.unkillable; });
  if (stuck.empty()) return "";
  return fmt::format(
      "**Left behind:** the worker of trial {} could not be killed; later trials may "
      "have run beside it.",
      Enumerate(AtMost(stuck, kMostListed)));
}

}  // namespace

void AddValidity(const Record& record, Document& document) {
  document.Heading(2, "Validity");
  std::vector<std::string> items = {
      CacheStates(record), ProvenContent(record), MatchedPrecision(record),
      HostNoise(record),   Priming(record),       Degraded(record),
      Advice(record)};
  if (!record.hypotheses.empty()) items.push_back(Proved(record));
  items.push_back(LeftBehind(record));
  items.erase(std::remove(items.begin(), items.end(), ""), items.end());
  for (const std::string& warning : record.warnings) {
    items.push_back("**Warning:** " + Prose(warning));
  }
  document.Bullets(items);
}

}  // namespace falsify::reports
