#include "harness/study/read_workload.h"

#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "harness/study/grammar.h"
#include "harness/study/nearest_word.h"

namespace falsify::harness {
namespace {

constexpr unsigned kMostPromptTokens = 32'768;
constexpr std::size_t kMostPromptBytes = 65'536;
constexpr unsigned kFewestCycles = 8;  // some are left out, and a slope needs more than two
constexpr unsigned kMostCycles = 10'000;
constexpr unsigned kMostAtOnce = 64;

unsigned ReadUnsigned(const YamlNode& node, std::string_view what, unsigned least, unsigned most,
                      StudyProblems& problems) {
  return static_cast<unsigned>(ReadWhole(node, what, least, most, problems));
}

std::string ReadName(const YamlNode& node, StudyProblems& problems) {
  std::vector<std::string_view> names;
  for (const WorkloadEntry& entry : Workloads()) names.push_back(entry.name);
  return ReadWord(node, {"workload", "STUDY_UNKNOWN_WORKLOAD", names}, problems);
}

void ReadPrompt(const YamlNode& node, WorkloadSpec& workload, StudyProblems& problems) {
  const bool generates = workload.kind == "generate";
  const MapReader options(node, generates ? kTokensGrammar : kPromptGrammar, problems);
  if (const YamlNode* most = generates ? options.Find("max_tokens") : nullptr) {
    workload.max_tokens = ReadUnsigned(*most, "max_tokens", 2, kMostPromptTokens, problems);
  }
  const YamlNode* const tokens = options.Find("prompt_tokens");
  const YamlNode* const text = options.Find("prompt");
  const YamlNode* const chat = options.Find("chat");
  if (tokens != nullptr) {
    workload.prompt_tokens = ReadUnsigned(*tokens, "prompt_tokens", 1, kMostPromptTokens, problems);
  }
  if (text != nullptr) workload.prompt = ReadText(*text, "prompt", problems);
  if (chat != nullptr) workload.chat = ReadWord(*chat, kChatWords, problems);
  if (tokens != nullptr && text != nullptr) {
    problems.Add(text->at, "STUDY_CONFLICT", "a prompt is a text or a number of tokens, not both");
  } else if (text != nullptr && workload.prompt.size() > kMostPromptBytes) {
    problems.Add(
        text->at, "STUDY_RANGE",
        fmt::format("a prompt of {} B; at most {}", workload.prompt.size(), kMostPromptBytes));
  } else if (chat != nullptr && text == nullptr) {
    problems.Add(chat->at, "STUDY_CONFLICT", "only a prompt that is a text is put as a chat",
                 "write prompt: beside it");
  }
}

void ReadSoak(const YamlNode& node, WorkloadSpec& workload, StudyProblems& problems) {
  const MapReader options(node, kSoakGrammar, problems);
  if (const YamlNode* cycles = options.Find("cycles")) {
    workload.cycles = ReadUnsigned(*cycles, "cycles", kFewestCycles, kMostCycles, problems);
  }
}

void ReadConcurrent(const YamlNode& node, WorkloadSpec& workload, StudyProblems& problems) {
  const MapReader options(node, kConcurrentGrammar, problems);
  const YamlNode* const processes = options.Find("processes");
  const YamlNode* const threads = options.Find("threads");
  if ((processes == nullptr) == (threads == nullptr)) {
    problems.Add(node.at, processes == nullptr ? "STUDY_MISSING" : "STUDY_CONFLICT",
                 "concurrent takes one of \"processes\" and \"threads\"");
  } else if (processes != nullptr) {
    workload.processes = ReadUnsigned(*processes, "processes", 2, kMostAtOnce, problems);
  } else {
    workload.threads_at_once = ReadUnsigned(*threads, "threads", 2, kMostAtOnce, problems);
  }
}

void ReadOptions(const YamlNode& node, WorkloadSpec& workload, StudyProblems& problems) {
  if (workload.kind == "first_token" || workload.kind == "generate" ||
      workload.kind == "weights_used") {
    ReadPrompt(node, workload, problems);
  } else if (workload.kind == "soak") {
    ReadSoak(node, workload, problems);
  } else if (workload.kind == "concurrent") {
    ReadConcurrent(node, workload, problems);
  } else {
    const MapReader none(node, kOtherWorkloadGrammar, problems);
  }
}

// NAME, or {first_token: {prompt_tokens: 9}}.
WorkloadSpec ReadGiven(const YamlNode& node, StudyProblems& problems) {
  WorkloadSpec workload;
  if (node.kind != YamlNode::Kind::kMap) {
    workload.kind = ReadName(node, problems);
    return workload;
  }
  if (node.entries.size() != 1) {
    problems.Add(node.at, "STUDY_TYPE", "workload is one name with its options",
                 "write {first_token: {prompt_tokens: 9}}");
    return workload;
  }
  const YamlNode::Entry& entry = node.entries[0];
  workload.kind = ReadName(TextNode(entry.key, entry.key_at), problems);
  ReadOptions(*entry.value, workload, problems);
  return workload;
}

}  // namespace

WorkloadSpec ReadWorkload(const MeasureEntry& measure, const YamlNode* node,
                          StudyProblems& problems) {
  WorkloadSpec workload;
  workload.kind = measure.workload;
  if (node != nullptr) workload = ReadGiven(*node, problems);
  if (workload.kind == "concurrent" && workload.processes + workload.threads_at_once == 0) {
    workload.processes = 2;
  }
  // Whoever chooses many tokens chooses the first.
  const bool first_of_many = measure.workload == "first_token" && workload.kind == "generate";
  if (node != nullptr && measure.needs_workload && workload.kind != measure.workload &&
      !first_of_many) {
    problems.Add(node->at, "STUDY_WORKLOAD",
                 fmt::format("{} is not taken by {}", measure.name, Quoted(workload.kind)),
                 fmt::format("write workload: {}", measure.workload));
  } else if (node != nullptr && measure.name == "same_payload" && workload.kind != "digest" &&
             workload.kind != "concurrent") {
    problems.Add(node->at, "STUDY_WORKLOAD",
                 fmt::format("{} is not taken by {}", measure.name, Quoted(workload.kind)),
                 "write workload: digest, or concurrent");
  }
  return workload;
}

}  // namespace falsify::harness
