#include "harness/study/read_hypothesis.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "harness/study/grammar.h"
#include "harness/study/measures.h"
#include "harness/study/nearest_word.h"
#include "harness/study/read_prediction.h"
#include "harness/study/read_workload.h"

namespace falsify::harness {
namespace {

constexpr std::uint64_t kLargestAlignment = 1U << 30;

template <class Entry>
std::vector<std::string_view> NamesOf(std::span<const Entry> entries) {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

// NAME, or {aligned: 64}.
const MeasureEntry* ReadMeasure(const YamlNode& node, Hypothesis& hypothesis,
                                StudyProblems& problems) {
  const auto names = NamesOf(Measures());
  const WordGrammar words = {"measure", "STUDY_UNKNOWN_MEASURE", names};
  if (node.kind == YamlNode::Kind::kMap) {
    const MapReader map(node, kAlignedGrammar, problems);
    const YamlNode* const bytes = map.Find("aligned");
    if (bytes == nullptr) return nullptr;
    hypothesis.alignment = ReadWhole(*bytes, "aligned", 1, kLargestAlignment, problems);
    if ((hypothesis.alignment & (hypothesis.alignment - 1)) != 0) {
      problems.Add(bytes->at, "STUDY_RANGE", fmt::format("aligned to {} bytes", bytes->text),
                   "an alignment is a power of two");
    }
    return FindMeasure("aligned");
  }
  const MeasureEntry* const measure = FindMeasure(ReadWord(node, words, problems));
  if (measure != nullptr && measure->name == "aligned") {
    problems.Add(node.at, "STUDY_MISSING", "aligned to how many bytes?",
                 "write measure: {aligned: 64}");
  }
  return measure;
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

bool HasKey(const YamlNode& node, std::string_view key) {
  return node.kind == YamlNode::Kind::kMap &&
         std::ranges::any_of(node.entries, [&](const auto& entry) { return entry.key == key; });
}

void Apply(const Settings& settings, Hypothesis& hypothesis) {
  hypothesis.cache = settings.cache;
  hypothesis.alpha = settings.alpha;
  hypothesis.beta = settings.beta.value_or(settings.alpha);
  hypothesis.blocks = settings.blocks;
  hypothesis.timeout_seconds = settings.timeout_seconds;
  hypothesis.watch_seconds = settings.watch_seconds;
  hypothesis.threads = settings.threads;
  hypothesis.sabotage = settings.sabotage;
  hypothesis.mode = settings.mode;
}

// What is measured, by which workload, and what it is divided by.
const MeasureEntry* ReadMeasurement(const MapReader& map,
                                    const std::vector<std::string_view>& subjects,
                                    Hypothesis& hypothesis, StudyProblems& problems) {
  const YamlNode* const node = map.Find("measure");
  const MeasureEntry* const measure =
      node != nullptr ? ReadMeasure(*node, hypothesis, problems) : nullptr;
  if (measure == nullptr) return nullptr;
  hypothesis.measure = measure->name;
  hypothesis.workload = ReadWorkload(*measure, map.Find("workload"), problems);
  if (const YamlNode* relative = map.Find("relative_to")) {
    hypothesis.relative_to =
        ReadRelative(*relative, *measure, hypothesis.subject, subjects, problems);
  }
  return measure;
}

// Repeating inside one process says something of times alone, and only of the cheap ones.
void CheckMode(const MapReader& map, const Hypothesis& hypothesis, StudyProblems& problems) {
  const YamlNode* const mode = map.Find("mode");
  if (hypothesis.mode != Mode::kSteady || mode == nullptr) return;
  const bool open_only = hypothesis.measure == "load_time" && hypothesis.workload.kind == "open";
  if (open_only && hypothesis.cache == Cache::kWarm) return;
  problems.Add(mode->at, "STUDY_CONFLICT",
               fmt::format("steady {} of workload {}, {}", hypothesis.measure,
                           hypothesis.workload.kind, Name(hypothesis.cache)),
               "only load_time of open, warm, can be repeated in one process");
}

Hypothesis ReadCompound(const YamlNode& node, StudyProblems& problems) {
  const MapReader map(node, kCompoundGrammar, problems);
  Hypothesis compound;
  compound.at = node.at;
  if (const YamlNode* id = map.Find("id")) {
    compound.id = ReadName(*id, "id", problems);
    compound.at = id->at;
  }
  if (const YamlNode* claim = map.Find("claim")) {
    compound.claim = ReadText(*claim, "claim", problems);
  }
  const YamlNode* const members = map.Find("all_of");
  if (members == nullptr) return compound;
  if (members->kind != YamlNode::Kind::kList || members->items.empty()) {
    problems.Add(members->at, "STUDY_TYPE", "all_of is a list of hypotheses",
                 "write all_of: [H1, H2]");
    return compound;
  }
  for (const auto& item : members->items) {
    compound.all_of.push_back(ReadName(*item, "all_of", problems));
  }
  return compound;
}

}  // namespace

Hypothesis ReadHypothesis(const YamlNode& node, const Settings& defaults,
                          const std::vector<std::string_view>& subjects,
                          const Vocabulary& vocabulary, StudyProblems& problems) {
  if (HasKey(node, "all_of")) return ReadCompound(node, problems);
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
  const Settings settings = ReadSettings(map, defaults, problems);
  Apply(settings, hypothesis);
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
  if (const YamlNode* sweep = map.Find("sweep")) hypothesis.sweep = ReadSweep(*sweep, problems);
  const YamlNode* const predict = map.Find("predict");
  if (predict != nullptr && measure != nullptr) {
    hypothesis.predict =
        ReadPrediction(*predict, hypothesis, *measure, settings.tolerance, problems);
    if (!problems.first()) CheckOrder(*predict, hypothesis, vocabulary, problems);
  }
  CheckMode(map, hypothesis, problems);
  return hypothesis;
}

}  // namespace falsify::harness
