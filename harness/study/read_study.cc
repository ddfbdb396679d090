#include "harness/study/read_study.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "harness/study/fields.h"
#include "harness/study/grammar.h"
#include "harness/study/nearest_word.h"
#include "harness/study/overrides.h"
#include "harness/study/read_hypothesis.h"
#include "harness/study/read_subjects.h"
#include "harness/study/settings.h"
#include "harness/study/sha256.h"
#include "harness/study/yaml_tree.h"

namespace falsify::harness {
namespace {

void CheckSchema(const YamlNode& node, StudyProblems& problems) {
  if (node.kind == YamlNode::Kind::kText && node.text == kStudySchema) return;
  problems.Add(node.at, "STUDY_SCHEMA", fmt::format("schema {}", Quoted(node.text)),
               fmt::format("this version reads {}", kStudySchema));
}

void RefuseTwins(const std::vector<Hypothesis>& hypotheses, StudyProblems& problems) {
  for (auto later = hypotheses.begin(); later != hypotheses.end(); ++later) {
    const auto first = std::ranges::find(hypotheses.begin(), later, later->id, &Hypothesis::id);
    if (first == later) continue;
    problems.Add(
        later->at, "STUDY_DUPLICATE",
        fmt::format("id {} is already given in line {}", Quoted(later->id), first->at.line));
  }
}

// Members stand above the compound that names them, so that no chain of compounds is a cycle.
void CheckMembers(const std::vector<Hypothesis>& hypotheses, StudyProblems& problems) {
  std::vector<std::string_view> above;
  for (const Hypothesis& hypothesis : hypotheses) {
    for (const std::string& member : hypothesis.all_of) {
      if (std::ranges::find(above, member) != above.end()) continue;
      problems.Add(hypothesis.at, "STUDY_UNKNOWN_HYPOTHESIS",
                   fmt::format("all_of: there is no hypothesis {} above {}", Quoted(member),
                               Quoted(hypothesis.id)),
                   SuggestWord(member, above));
    }
    above.push_back(hypothesis.id);
  }
}

// A sweep needs a model that can be made anew in any size.
void CheckSweeps(const Study& study, StudyProblems& problems) {
  for (const Hypothesis& hypothesis : study.hypotheses) {
    if (!hypothesis.sweep) continue;
    const SubjectSpec* const subject = study.FindSubject(hypothesis.subject);
    const ModelSpec* model = subject == nullptr ? nullptr : study.FindModel(subject->model);
    while (model != nullptr && std::holds_alternative<ConvertSpec>(model->origin)) {
      model = study.FindModel(std::get<ConvertSpec>(model->origin).from);
    }
    if (model == nullptr || std::holds_alternative<GenerateSpec>(model->origin)) continue;
    problems.Add(hypothesis.at, "STUDY_CONFLICT",
                 fmt::format("a sweep over model {}, which has one size", Quoted(model->name)),
                 "sweep over a model that is generated");
  }
}

std::vector<Hypothesis> ReadHypotheses(const YamlNode& node, const Settings& defaults,
                                       const std::vector<SubjectSpec>& subjects,
                                       const Vocabulary& vocabulary, StudyProblems& problems) {
  std::vector<std::string_view> names;
  for (const SubjectSpec& subject : subjects) names.push_back(subject.name);
  std::vector<Hypothesis> hypotheses;
  if (node.kind != YamlNode::Kind::kList) {
    problems.Add(node.at, "STUDY_TYPE",
                 fmt::format("hypotheses is a list, not {}", Name(node.kind)));
  } else if (node.items.empty()) {
    problems.Add(node.at, "STUDY_EMPTY", "no hypotheses: nothing to test");
  }
  for (const auto& item : node.items) {
    hypotheses.push_back(ReadHypothesis(*item, defaults, names, vocabulary, problems));
    if (problems.first()) return hypotheses;
  }
  RefuseTwins(hypotheses, problems);
  CheckMembers(hypotheses, problems);
  return hypotheses;
}

Sandbox ReadSandbox(const YamlNode& node, StudyProblems& problems) {
  const std::string word = ReadWord(node, kSandboxWords, problems);
  if (word == Name(Sandbox::kStrict)) return Sandbox::kStrict;
  return word == Name(Sandbox::kRequired) ? Sandbox::kRequired : Sandbox::kContain;
}

Study ReadTree(const YamlNode& root, const std::string& path, const Vocabulary& vocabulary,
               StudyProblems& problems) {
  Study study;
  study.path = path;
  const MapReader map(root, kStudyGrammar, problems);
  if (const YamlNode* schema = map.Find("schema")) CheckSchema(*schema, problems);
  if (const YamlNode* id = map.Find("id")) study.id = ReadName(*id, "id", problems);
  study.title = study.id;
  if (const YamlNode* title = map.Find("title")) study.title = ReadText(*title, "title", problems);
  Settings settings;
  if (const YamlNode* defaults = map.Find("defaults")) {
    const MapReader given(*defaults, kDefaultsGrammar, problems);
    settings = ReadSettings(given, settings, problems);
    if (const YamlNode* sandbox = given.Find("sandbox")) {
      study.sandbox = ReadSandbox(*sandbox, problems);
    }
  }
  if (const YamlNode* models = map.Find("models")) {
    study.models = ReadModels(*models, path, vocabulary, problems);
  }
  if (const YamlNode* subjects = map.Find("subjects")) {
    study.subjects = ReadSubjects(*subjects, path, study.models, vocabulary, problems);
  }
  if (const YamlNode* hypotheses = map.Find("hypotheses")) {
    study.hypotheses = ReadHypotheses(*hypotheses, settings, study.subjects, vocabulary, problems);
    CheckSweeps(study, problems);
  }
  return study;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// At most one byte more than a study may have, which is enough to refuse it.
Result<std::string> ReadBytes(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return Fail(SystemError("STUDY_READ", path, "open", errno));
  std::string bytes(YamlLimits{}.bytes + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return Fail(SystemError("STUDY_READ", path, "read", errno));
  return bytes;
}

}  // namespace

Result<Study> ParseStudy(std::string_view text, const std::string& path,
                         const Vocabulary& vocabulary, std::span<const std::string> overrides) {
  const auto parsed = ParseYaml(text, path);
  if (!parsed) return Fail(parsed.error());
  const auto root = ApplyOverrides(*parsed, overrides);
  if (!root) return Fail(root.error());
  StudyProblems problems(path);
  Study study = ReadTree(**root, path, vocabulary, problems);
  if (problems.first()) return Fail(*problems.first());
  study.sha256 = Sha256Hex(text);
  return study;
}

Result<Study> ReadStudy(const std::string& path, const Vocabulary& vocabulary,
                        std::span<const std::string> overrides) {
  const Result<std::string> bytes = ReadBytes(path);
  if (!bytes) return Fail(bytes.error());
  return ParseStudy(*bytes, path, vocabulary, overrides);
}

}  // namespace falsify::harness
