#include "harness/study/read_hypothesis.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "harness/study/grammar.h"
#include "harness/study/measures.h"
#include "harness/study/nearest_word.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kFirstToken = "first_token";
constexpr unsigned kMostPromptTokens = 32'768;

template <class Entry>
std::vector<std::string_view> NamesOf(std::span<const Entry> entries) {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

const MeasureEntry* ReadMeasure(const YamlNode& node, StudyProblems& problems) {
  const auto names = NamesOf(Measures());
  return FindMeasure(
      ReadWord(node, {"measure", "STUDY_UNKNOWN_MEASURE", names, keys::kLaterMeasures}, problems));
}

std::string ReadWorkloadName(const YamlNode& node, StudyProblems& problems) {
  const auto names = NamesOf(Workloads());
  return ReadWord(node, {"workload", "STUDY_UNKNOWN_WORKLOAD", names, keys::kLaterWorkloads},
                  problems);
}

// NAME, or {first_token: {prompt_tokens: 9}}.
WorkloadSpec ReadWorkload(const YamlNode& node, StudyProblems& problems) {
  WorkloadSpec workload;
  if (node.kind != YamlNode::Kind::kMap) {
    workload.kind = ReadWorkloadName(node, problems);
    return workload;
  }
  if (node.entries.size() != 1) {
    problems.Add(node.at, "STUDY_TYPE", "workload is one name with its options",
                 "write {first_token: {prompt_tokens: 9}}");
    return workload;
  }
  const YamlNode::Entry& entry = node.entries[0];
  workload.kind = ReadWorkloadName(TextNode(entry.key, entry.key_at), problems);
  const bool first_token = workload.kind == kFirstToken;
  const MapReader options(*entry.value, first_token ? kFirstTokenGrammar : kOtherWorkloadGrammar,
                          problems);
  if (const YamlNode* tokens = first_token ? options.Find("prompt_tokens") : nullptr) {
    workload.prompt_tokens =
        static_cast<unsigned>(ReadWhole(*tokens, "prompt_tokens", 1, kMostPromptTokens, problems));
  }
  return workload;
}

WorkloadSpec WorkloadFor(const MeasureEntry& measure, const YamlNode* node,
                         StudyProblems& problems) {
  WorkloadSpec workload;
  workload.kind = measure.workload;
  if (node == nullptr) return workload;
  workload = ReadWorkload(*node, problems);
  if (measure.needs_workload && workload.kind != measure.workload) {
    problems.Add(node->at, "STUDY_WORKLOAD",
                 fmt::format("{} is not taken by {}", measure.name, Quoted(workload.kind)),
                 fmt::format("write workload: {}", measure.workload));
  }
  return workload;
}

// payload, file, or another subject.
Relative ReadRelative(const YamlNode& node, const MeasureEntry& measure, const std::string& subject,
                      std::vector<std::string_view> subjects, StudyProblems& problems) {
  if (node.text == "payload" || node.text == "file") {
    if (measure.kind != MeasureKind::kBytes) {
      problems.Add(node.at, "STUDY_CONFLICT",
                   fmt::format("{} cannot be relative to {}", measure.name, node.text),
                   "only measures in bytes can; name a subject to compare with");
    }
    return {.to = node.text == "file" ? Relative::To::kFile : Relative::To::kPayload,
            .subject = {}};
  }
  subjects.insert(subjects.end(), {"payload", "file"});
  const std::string other =
      ReadWord(node, {"relative_to", "STUDY_UNKNOWN_SUBJECT", subjects}, problems);
  if (!other.empty() && other == subject) {
    problems.Add(node.at, "STUDY_CONFLICT",
                 fmt::format("subject {} relative to itself", Quoted(other)),
                 "the ratio is always 1");
  }
  return {.to = Relative::To::kSubject, .subject = other};
}

bool IsRelativeToSubject(const Hypothesis& hypothesis) {
  return hypothesis.relative_to && hypothesis.relative_to->to == Relative::To::kSubject;
}

Precision ReadPrecision(const YamlNode& node, const Hypothesis& hypothesis,
                        StudyProblems& problems) {
  const std::string word = ReadWord(node, kPrecisionWords, problems);
  if (!IsRelativeToSubject(hypothesis)) {
    problems.Add(node.at, "STUDY_CONFLICT", "precision without a subject to compare with",
                 "name one in relative_to, or leave precision out");
  }
  for (const Precision precision : {Precision::kSameWidth, Precision::kAny}) {
    if (Name(precision) == word) return precision;
  }
  return Precision::kMatched;
}

std::string ReadControl(const YamlNode& node, const Hypothesis& hypothesis,
                        const WordGrammar& subjects, StudyProblems& problems) {
  std::string control = ReadWord(node, subjects, problems);
  if (control.empty()) return control;
  if (control == hypothesis.subject) {
    problems.Add(node.at, "STUDY_CONFLICT",
                 fmt::format("{} is both subject and control", Quoted(control)),
                 "a control is a subject that the same prediction must falsify");
  } else if (IsRelativeToSubject(hypothesis) && control == hypothesis.relative_to->subject) {
    problems.Add(node.at, "STUDY_CONFLICT",
                 fmt::format("control {} relative to itself", Quoted(control)),
                 "the ratio is always 1");
  }
  return control;
}

Quantity ThresholdQuantity(const Hypothesis& hypothesis, const MeasureEntry& measure) {
  return hypothesis.relative_to ? Quantity::kRatio : QuantityOf(measure.kind);
}

double ReadThreshold(const YamlNode& node, std::string_view key, const Hypothesis& hypothesis,
                     const MeasureEntry& measure, StudyProblems& problems) {
  const Quantity quantity = ThresholdQuantity(hypothesis, measure);
  const std::string what =
      hypothesis.relative_to ? fmt::format("relative {}", measure.name) : std::string(measure.name);
  const double threshold = ReadQuantity(node, quantity, what, problems);
  if (threshold <= 0) {
    problems.Add(node.at, "STUDY_RANGE", fmt::format("{} {}", key, Shortened(node.text)),
                 "a threshold is above 0");
  }
  if (quantity == Quantity::kTime && threshold > hypothesis.timeout_seconds) {
    problems.Add(node.at, "STUDY_TIMEOUT",
                 fmt::format("{} {} lies beyond the timeout of {}", key, Shortened(node.text),
                             FormatQuantity(hypothesis.timeout_seconds, Quantity::kTime)),
                 "no trial could tell; raise timeout");
  }
  return threshold;
}

Prediction ReadPrediction(const YamlNode& node, const Hypothesis& hypothesis,
                          const MeasureEntry* measure, StudyProblems& problems) {
  Prediction prediction;
  const MapReader map(node, kPredictGrammar, problems);
  const YamlNode* const below = map.Find("below");
  const YamlNode* const above = map.Find("above");
  if (below == nullptr && above == nullptr) {
    problems.Add(node.at, "STUDY_MISSING", "predict needs \"below\" or \"above\"");
  } else if (below != nullptr && above != nullptr) {
    problems.Add(above->at, "STUDY_CONFLICT", "predict takes either below or above, not both",
                 "write two hypotheses");
  }
  const YamlNode* const bound = below != nullptr ? below : above;
  prediction.kind = below != nullptr ? Prediction::Kind::kBelow : Prediction::Kind::kAbove;
  if (bound != nullptr && measure != nullptr) {
    const std::string_view key = below != nullptr ? "below" : "above";
    prediction.threshold = ReadThreshold(*bound, key, hypothesis, *measure, problems);
    prediction.threshold_text = bound->text;
  }
  if (const YamlNode* quantile = map.Find("quantile")) {
    const auto holds = [](double q) { return q > 0 && q < 1; };
    prediction.quantile = ReadNumber(*quantile, "quantile", holds, "between 0 and 1", problems);
  }
  return prediction;
}

void Apply(const Settings& settings, Hypothesis& hypothesis) {
  hypothesis.cache = settings.cache;
  hypothesis.alpha = settings.alpha;
  hypothesis.beta = settings.beta.value_or(settings.alpha);
  hypothesis.blocks = settings.blocks;
  hypothesis.timeout_seconds = settings.timeout_seconds;
  hypothesis.watch_seconds = settings.watch_seconds;
  hypothesis.threads = settings.threads;
}

// What is measured, by which workload, and what it is divided by.
const MeasureEntry* ReadMeasurement(const MapReader& map,
                                    const std::vector<std::string_view>& subjects,
                                    Hypothesis& hypothesis, StudyProblems& problems) {
  const YamlNode* const node = map.Find("measure");
  const MeasureEntry* const measure = node != nullptr ? ReadMeasure(*node, problems) : nullptr;
  if (measure == nullptr) return nullptr;
  hypothesis.measure = measure->name;
  hypothesis.workload = WorkloadFor(*measure, map.Find("workload"), problems);
  if (const YamlNode* relative = map.Find("relative_to")) {
    hypothesis.relative_to =
        ReadRelative(*relative, *measure, hypothesis.subject, subjects, problems);
  }
  return measure;
}

}  // namespace

Hypothesis ReadHypothesis(const YamlNode& node, const Settings& defaults,
                          const std::vector<std::string_view>& subjects, StudyProblems& problems) {
  const MapReader map(node, kHypothesisGrammar, problems);
  const WordGrammar subject_words = {"subject", "STUDY_UNKNOWN_SUBJECT", subjects};
  const WordGrammar control_words = {"control", "STUDY_UNKNOWN_SUBJECT", subjects};
  Hypothesis hypothesis;
  hypothesis.at = node.at;
  if (const YamlNode* id = map.Find("id")) {
    hypothesis.id = ReadName(*id, "id", problems);
    hypothesis.at = id->at;
  }
  if (const YamlNode* claim = map.Find("claim")) {
    hypothesis.claim = ReadText(*claim, "claim", problems);
  }
  Apply(ReadSettings(map, defaults, problems), hypothesis);
  if (const YamlNode* subject = map.Find("subject")) {
    hypothesis.subject = ReadWord(*subject, subject_words, problems);
  }
  const MeasureEntry* const measure = ReadMeasurement(map, subjects, hypothesis, problems);
  if (const YamlNode* precision = map.Find("precision")) {
    hypothesis.precision = ReadPrecision(*precision, hypothesis, problems);
  }
  if (const YamlNode* control = map.Find("control")) {
    hypothesis.control = ReadControl(*control, hypothesis, control_words, problems);
  }
  if (const YamlNode* predict = map.Find("predict")) {
    hypothesis.predict = ReadPrediction(*predict, hypothesis, measure, problems);
  }
  return hypothesis;
}

}  // namespace falsify::harness
