#include "harness/study/read_subjects.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string_view>

#include "fmt/format.h"
#include "harness/study/grammar.h"
#include "harness/study/nearest_word.h"
#include "harness/study/units.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kPayloadShape = "payload";
constexpr std::uint64_t kMostTensors = 1'000'000;

std::uint64_t ReadPayload(const YamlNode& node, StudyProblems& problems) {
  constexpr double kMost = 0x1p53;  // up to here every whole number is a double
  const double bytes = ReadQuantity(node, Quantity::kBytes, "payload", problems);
  if (bytes >= 1 && bytes <= kMost && std::floor(bytes) == bytes) {
    return static_cast<std::uint64_t>(bytes);
  }
  problems.Add(node.at, "STUDY_RANGE", fmt::format("payload of {}", Shortened(node.text)),
               "write a whole number of bytes, at least 1 B");
  return 1;
}

// Every shape of the generator but the one that `payload:` stands for.
std::string ReadShape(const YamlNode& node, const Vocabulary& vocabulary, StudyProblems& problems) {
  std::vector<std::string_view> shapes = vocabulary.shapes;
  std::erase(shapes, kPayloadShape);
  if (node.text == kPayloadShape) {
    problems.Add(node.at, "STUDY_CONFLICT", "a payload is given by its size",
                 "write payload: 16 MiB instead of shape: payload");
  }
  return ReadWord(node, {"shape", "STUDY_UNKNOWN_SHAPE", shapes}, problems);
}

// What only a model without an architecture can have: so many tensors, or no weights on the disk.
void ReadBareModel(const MapReader& map, GenerateSpec& spec, StudyProblems& problems) {
  if (const YamlNode* tensors = map.Find("tensors")) {
    spec.tensors = ReadWhole(*tensors, "tensors", 1, kMostTensors, problems);
    if (!spec.payload_bytes) {
      problems.Add(tensors->at, "STUDY_CONFLICT", "tensors of a shape that has its own",
                   "write payload: 16 MiB instead of shape");
    }
  }
  if (const YamlNode* sparse = map.Find("sparse")) {
    spec.sparse = ReadBool(*sparse, "sparse", problems);
  }
}

GenerateSpec ReadGenerate(const YamlNode& node, const Vocabulary& vocabulary,
                          StudyProblems& problems) {
  const MapReader map(node, kGenerateGrammar, problems);
  const YamlNode* const shape = map.Find("shape");
  const YamlNode* const payload = map.Find("payload");
  if (shape == nullptr && payload == nullptr) {
    problems.Add(node.at, "STUDY_MISSING", "generate needs \"shape\" or \"payload\"");
  } else if (shape != nullptr && payload != nullptr) {
    problems.Add(payload->at, "STUDY_CONFLICT", "generate takes either shape or payload, not both");
  }
  GenerateSpec spec;
  if (shape != nullptr) spec.shape = ReadShape(*shape, vocabulary, problems);
  if (payload != nullptr) {
    spec.shape = kPayloadShape;
    spec.payload_bytes = ReadPayload(*payload, problems);
  }
  if (const YamlNode* dtype = map.Find("dtype")) {
    spec.dtype = ReadWord(*dtype, kDtypeWords, problems);
  }
  if (const YamlNode* vectors = map.Find("vectors")) {
    spec.vectors = ReadWord(*vectors, kVectorWords, problems);
  }
  if (const YamlNode* format = map.Find("format")) {
    spec.format = ReadWord(*format, kFormatWords, problems);
  }
  if (const YamlNode* seed = map.Find("seed")) {
    spec.seed = ReadWhole(*seed, "seed", 0, std::numeric_limits<std::uint64_t>::max(), problems);
  }
  if (const YamlNode* tokenizer = map.Find("tokenizer")) {
    spec.tokenizer = ReadBool(*tokenizer, "tokenizer", problems);
  }
  ReadBareModel(map, spec, problems);
  return spec;
}

ConvertSpec ReadConvert(const YamlNode& node, const WordGrammar& models, StudyProblems& problems) {
  const MapReader map(node, kConvertGrammar, problems);
  ConvertSpec spec;
  if (const YamlNode* from = map.Find("from")) spec.from = ReadWord(*from, models, problems);
  if (const YamlNode* format = map.Find("format")) {
    spec.format = ReadWord(*format, kFormatWords, problems);
  }
  if (const YamlNode* dtype = map.Find("dtype")) {
    spec.dtype = ReadWord(*dtype, kDtypeWords, problems);
  }
  if (const YamlNode* vectors = map.Find("vectors")) {
    spec.vectors = ReadWord(*vectors, kVectorWords, problems);
  }
  return spec;
}

const ModelSpec* FindModel(const std::vector<ModelSpec>& models, std::string_view name) {
  for (const ModelSpec& model : models) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

// Every chain of conversions has to start at a file.
void CheckConversions(const std::vector<ModelSpec>& models, StudyProblems& problems) {
  for (const ModelSpec& model : models) {
    const ModelSpec* at = &model;
    for (std::size_t steps = 0; at != nullptr; ++steps) {
      const auto* convert = std::get_if<ConvertSpec>(&at->origin);
      if (convert == nullptr) break;
      if (steps == models.size()) {
        problems.Add(model.at, "STUDY_CYCLE",
                     fmt::format("model {} is converted from itself", Quoted(model.name)));
        break;
      }
      at = FindModel(models, convert->from);
    }
  }
}

ModelSpec ReadModel(const YamlNode::Entry& entry, const std::filesystem::path& folder,
                    const WordGrammar& models, const Vocabulary& vocabulary,
                    StudyProblems& problems) {
  ModelSpec model{.name = entry.key, .origin = {}, .at = entry.key_at};
  const MapReader map(*entry.value, kModelGrammar, problems);
  const YamlNode* const path = map.Find("path");
  const YamlNode* const generate = map.Find("generate");
  const YamlNode* const convert = map.Find("convert");
  const int origins =
      (path != nullptr ? 1 : 0) + (generate != nullptr ? 1 : 0) + (convert != nullptr ? 1 : 0);
  if (origins != 1) {
    problems.Add(entry.value->at, origins == 0 ? "STUDY_MISSING" : "STUDY_CONFLICT",
                 "model takes one of \"path\", \"generate\" and \"convert\"");
  } else if (path != nullptr) {
    model.origin = (folder / ReadText(*path, "path", problems)).string();
  } else if (generate != nullptr) {
    model.origin = ReadGenerate(*generate, vocabulary, problems);
  } else {
    model.origin = ReadConvert(*convert, models, problems);
  }
  return model;
}

Quantity QuantityOfOption(loaders::OptionKind kind) {
  switch (kind) {
    case loaders::OptionKind::kBytes:
      return Quantity::kBytes;
    case loaders::OptionKind::kSeconds:
      return Quantity::kTime;
    case loaders::OptionKind::kCount:
      break;
  }
  return Quantity::kCount;
}

// A loader wants a plain number in SI base units, whatever unit the study wrote.
void ReadLoaderOption(const YamlNode::Entry& entry, std::span<const loaders::LoaderOption> known,
                      std::map<std::string, std::string>& options, StudyProblems& problems) {
  std::vector<std::string_view> names;
  for (const loaders::LoaderOption& option : known) names.push_back(option.name);
  const WordGrammar words = {"loader option", "STUDY_UNKNOWN_OPTION", names};
  const std::string name = ReadWord(TextNode(entry.key, entry.key_at), words, problems);
  for (const loaders::LoaderOption& option : known) {
    if (option.name != name) continue;
    const double value = ReadQuantity(*entry.value, QuantityOfOption(option.kind), name, problems);
    if (value < option.least || value > option.most) {
      problems.Add(
          entry.value->at, "STUDY_RANGE",
          fmt::format("{} of {}", name, Shortened(entry.value->text)),
          fmt::format("write {} to {}", FormatQuantity(option.least, QuantityOfOption(option.kind)),
                      FormatQuantity(option.most, QuantityOfOption(option.kind))));
    }
    options[name] = fmt::format("{}", value);
  }
}

std::map<std::string, std::string> ReadLoaderOptions(const YamlNode& node,
                                                     std::span<const loaders::LoaderOption> known,
                                                     StudyProblems& problems) {
  std::map<std::string, std::string> options;
  for (const YamlNode::Entry& entry : ReadNamed(node, "loader options", problems)) {
    ReadLoaderOption(entry, known, options, problems);
  }
  return options;
}

// What is beside the study file is meant, wherever the run is started; anything else is as written.
std::string FromFolder(const std::filesystem::path& folder, const std::string& text) {
  std::error_code failed;
  const std::filesystem::path path = std::filesystem::absolute(folder / text, failed);
  const bool there = !text.empty() && std::filesystem::is_regular_file(path, failed);
  return there ? path.lexically_normal().string() : text;
}

// The options are for the library or program to judge.
void ReadOwnOptions(const MapReader& map, loaders::LoaderChoice& choice, StudyProblems& problems) {
  const YamlNode* options = map.Find("options");
  if (options == nullptr) return;
  for (const YamlNode::Entry& entry : ReadNamed(*options, "loader options", problems)) {
    // Text, a number, yes or no: handed over as it is written.
    const bool plain =
        entry.value->kind == YamlNode::Kind::kNumber || entry.value->kind == YamlNode::Kind::kBool;
    choice.options[entry.key] =
        plain ? entry.value->text : ReadText(*entry.value, "option", problems);
  }
}

// {plugin: PATH, options: {NAME: TEXT}}
loaders::LoaderChoice ReadPlugin(const YamlNode& node, const std::filesystem::path& folder,
                                 StudyProblems& problems) {
  const MapReader map(node, kPluginGrammar, problems);
  loaders::LoaderChoice choice = {"plugin"};
  if (const YamlNode* path = map.Find("plugin")) {
    const std::string text = ReadText(*path, "plugin", problems);
    choice.program = {std::filesystem::absolute(folder / text).lexically_normal().string()};
  }
  ReadOwnOptions(map, choice, problems);
  return choice;
}

// A program and its arguments, started without a shell.
std::vector<std::string> ReadProgram(const YamlNode& node, std::string_view what,
                                     std::string_view example, const std::filesystem::path& folder,
                                     StudyProblems& problems) {
  std::vector<std::string> program;
  if (node.kind != YamlNode::Kind::kList || node.items.empty()) {
    problems.Add(node.at, "STUDY_TYPE", fmt::format("{} is a list, the program first", what),
                 fmt::format("write {}", example));
    return program;
  }
  for (const auto& item : node.items) {
    program.push_back(FromFolder(folder, ReadText(*item, what, problems)));
  }
  return program;
}

// {command: [PROGRAM, ARGUMENT..], options: {NAME: TEXT}}
loaders::LoaderChoice ReadCommand(const YamlNode& node, const std::filesystem::path& folder,
                                  StudyProblems& problems) {
  const MapReader map(node, kCommandGrammar, problems);
  loaders::LoaderChoice choice = {"command"};
  if (const YamlNode* command = map.Find("command")) {
    choice.program = ReadProgram(*command, "command", "[python3, my_loader.py]", folder, problems);
  }
  ReadOwnOptions(map, choice, problems);
  return choice;
}

// Without what would have to be hidden in reports and logs.
std::string ReadUrl(const YamlNode& node, StudyProblems& problems) {
  std::string url = ReadText(node, "url", problems);
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  if (!http || url.find_first_of("@?# \t\r\n") != std::string::npos) {
    problems.Add(node.at, "STUDY_URL", fmt::format("{} is no plain http address", Quoted(url)),
                 "write \"http://127.0.0.1:8774\", or {port} for a port that is free");
  }
  return url;
}

// Exactly one of start, pid and pid_file says which process is metered.
void ReadWhichServer(const MapReader& map, const YamlNode& node,
                     const std::filesystem::path& folder, loaders::LoaderChoice& choice,
                     StudyProblems& problems) {
  const YamlNode* const start = map.Find("start");
  const YamlNode* const pid = map.Find("pid");
  const YamlNode* const file = map.Find("pid_file");
  if ((start != nullptr) + (pid != nullptr) + (file != nullptr) != 1) {
    problems.Add(node.at, start == nullptr && pid == nullptr ? "STUDY_MISSING" : "STUDY_CONFLICT",
                 "a server takes one of \"start\", \"pid\" and \"pid_file\"");
  } else if (start != nullptr) {
    choice.program =
        ReadProgram(*start, "start", "[./server, --model, \"{model}\"]", folder, problems);
  } else if (pid != nullptr) {
    choice.options["pid"] =
        std::to_string(ReadWhole(*pid, "pid", 1, std::numeric_limits<int>::max(), problems));
  } else {
    const std::string text = ReadText(*file, "pid_file", problems);
    choice.options["pid_file"] =
        std::filesystem::absolute(folder / text).lexically_normal().string();
  }
}

// {http: {url: ADDRESS, start: [PROGRAM, ARGUMENT..], ..}}
loaders::LoaderChoice ReadHttp(const YamlNode& node, const std::filesystem::path& folder,
                               StudyProblems& problems) {
  loaders::LoaderChoice choice = {"http"};
  const MapReader outer(node, kHttpGrammar, problems);
  const YamlNode* const server = outer.Find("http");
  if (server == nullptr) return choice;
  const MapReader map(*server, kServerGrammar, problems);
  if (const YamlNode* url = map.Find("url")) choice.options["url"] = ReadUrl(*url, problems);
  for (const char* key : {"ready", "model"}) {
    if (const YamlNode* text = map.Find(key)) choice.options[key] = ReadText(*text, key, problems);
  }
  if (const YamlNode* api = map.Find("api")) {
    choice.options["api"] = ReadWord(*api, kApiWords, problems);
  }
  if (const YamlNode* stop = map.Find("stop")) {
    choice.options["stop"] =
        fmt::format("{}", ReadQuantity(*stop, Quantity::kTime, "stop", problems));
  }
  ReadWhichServer(map, *server, folder, choice, problems);
  return choice;
}

// What an external loader cannot do without.
struct External {
  std::string_view name;
  std::string_view needs;
  std::string_view written;
};
constexpr std::array kExternals = {
    External{"plugin", "library", "{plugin: ./libmine.so}"},
    External{"command", "program", "{command: [python3, my_loader.py]}"},
    External{"http", "address", "{http: {url: \"http://127.0.0.1:8774\", start: [./server]}}"}};

// NAME, {NAME: {option: value}}, or an external one.
loaders::LoaderChoice ReadLoader(const YamlNode& node, const std::filesystem::path& folder,
                                 const Vocabulary& vocabulary, StudyProblems& problems) {
  const bool is_map = node.kind == YamlNode::Kind::kMap;
  const auto names = [&](std::string_view key) {
    return is_map &&
           std::ranges::find(node.entries, key, &YamlNode::Entry::key) != node.entries.end();
  };
  if (names("plugin")) return ReadPlugin(node, folder, problems);
  if (names("command")) return ReadCommand(node, folder, problems);
  if (names("http")) return ReadHttp(node, folder, problems);
  std::vector<std::string_view> known;
  for (const Vocabulary::Loader& loader : vocabulary.loaders) known.push_back(loader.name);
  const WordGrammar words = {"loader", "STUDY_UNKNOWN_LOADER", known};
  if (!is_map) {
    for (const External& external : kExternals) {
      if (node.text != external.name) continue;
      problems.Add(node.at, "STUDY_MISSING",
                   fmt::format("{} needs its {}", external.name, external.needs),
                   fmt::format("write {}", external.written));
      return {node.text};
    }
    return {ReadWord(node, words, problems)};
  }
  if (node.entries.size() != 1) {
    problems.Add(node.at, "STUDY_TYPE", "loader is one name with its options",
                 "write {pread: {threads: 2}}");
    return {};
  }
  const YamlNode::Entry& entry = node.entries[0];
  loaders::LoaderChoice choice = {ReadWord(TextNode(entry.key, entry.key_at), words, problems)};
  for (const Vocabulary::Loader& loader : vocabulary.loaders) {
    if (loader.name != choice.name) continue;
    choice.options = ReadLoaderOptions(*entry.value, loader.options, problems);
  }
  return choice;
}

SubjectSpec ReadSubject(const YamlNode::Entry& entry, const std::filesystem::path& folder,
                        const WordGrammar& models, const Vocabulary& vocabulary,
                        StudyProblems& problems) {
  if (entry.key == "payload" || entry.key == "file") {
    problems.Add(entry.key_at, "STUDY_NAME",
                 fmt::format("a subject cannot be called \"{}\"", entry.key),
                 "relative_to gives that word a meaning of its own");
  }
  SubjectSpec subject{.name = entry.key, .loader = {}, .model = {}, .at = entry.key_at};
  const MapReader map(*entry.value, kSubjectGrammar, problems);
  if (const YamlNode* loader = map.Find("loader")) {
    subject.loader = ReadLoader(*loader, folder, vocabulary, problems);
  }
  if (const YamlNode* model = map.Find("model")) {
    subject.model = ReadWord(*model, models, problems);
  }
  return subject;
}

}  // namespace

std::vector<ModelSpec> ReadModels(const YamlNode& node, const std::string& study_path,
                                  const Vocabulary& vocabulary, StudyProblems& problems) {
  const std::filesystem::path folder = std::filesystem::path(study_path).parent_path();
  std::vector<ModelSpec> models;
  const auto entries = ReadNamed(node, "models", problems);
  std::vector<std::string_view> names;
  for (const YamlNode::Entry& entry : entries) names.push_back(entry.key);
  const WordGrammar words = {"model", "STUDY_UNKNOWN_MODEL", names};
  for (const YamlNode::Entry& entry : entries) {
    models.push_back(ReadModel(entry, folder, words, vocabulary, problems));
  }
  CheckConversions(models, problems);
  return models;
}

std::vector<SubjectSpec> ReadSubjects(const YamlNode& node, const std::string& study_path,
                                      const std::vector<ModelSpec>& models,
                                      const Vocabulary& vocabulary, StudyProblems& problems) {
  const std::filesystem::path folder = std::filesystem::path(study_path).parent_path();
  std::vector<std::string_view> names;
  for (const ModelSpec& model : models) names.push_back(model.name);
  const WordGrammar words = {"model", "STUDY_UNKNOWN_MODEL", names};
  std::vector<SubjectSpec> subjects;
  for (const YamlNode::Entry& entry : ReadNamed(node, "subjects", problems)) {
    subjects.push_back(ReadSubject(entry, folder, words, vocabulary, problems));
  }
  return subjects;
}

}  // namespace falsify::harness
