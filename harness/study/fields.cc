#include "harness/study/fields.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <system_error>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "harness/study/nearest_word.h"

namespace falsify::harness {
namespace {

std::vector<std::string_view> KnownKeys(const MapGrammar& grammar) {
  std::vector<std::string_view> known;
  for (const KeyEntry& key : grammar.keys) {
    known.push_back(key.name);
  }
  return known;
}

void CheckKey(const YamlNode::Entry& entry, const MapGrammar& grammar, StudyProblems& problems) {
  if (std::ranges::find(grammar.keys, entry.key, &KeyEntry::name) != grammar.keys.end()) return;
  const std::vector<std::string_view> known = KnownKeys(grammar);
  problems.Add(entry.key_at, "STUDY_UNKNOWN_KEY",
               fmt::format("unknown key {} in {}", Quoted(entry.key), grammar.name),
               known.empty() ? "it takes none" : SuggestWord(entry.key, known));
}

bool IsName(std::string_view text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

void CheckName(std::string_view text, Location at, std::string_view what, StudyProblems& problems) {
  if (IsName(text)) return;
  problems.Add(at, "STUDY_NAME", fmt::format("{} {} is not a name", what, Quoted(text)),
               "write letters, digits, _ . and -");
}

bool IsScalar(const YamlNode& node) {
  return node.kind != YamlNode::Kind::kList && node.kind != YamlNode::Kind::kMap;
}

std::string Shown(const YamlNode& node) {
  const bool has_text = IsScalar(node) && node.kind != YamlNode::Kind::kNull;
  return has_text ? Quoted(node.text) : std::string(Name(node.kind));
}

}  // namespace

void StudyProblems::Add(Location at, std::string code, std::string what, std::string hint) {
  if (first_) return;
  first_ = Error{.code = std::move(code),
                 .where = Where(path_, at),
                 .what = std::move(what),
                 .hint = std::move(hint)};
}

MapReader::MapReader(const YamlNode& node, const MapGrammar& grammar, StudyProblems& problems)
    : node_(node) {
  if (node.kind != YamlNode::Kind::kMap) {
    problems.Add(node.at, "STUDY_TYPE",
                 fmt::format("{} is a mapping, not {}", grammar.name, Name(node.kind)),
                 fmt::format("it takes {}", fmt::join(KnownKeys(grammar), ", ")));
    return;
  }
  for (const YamlNode::Entry& entry : node.entries) CheckKey(entry, grammar, problems);
  for (const KeyEntry& key : grammar.keys) {
    if (key.need != Need::kRequired || Find(key.name) != nullptr) continue;
    problems.Add(node.at, "STUDY_MISSING", fmt::format("{} needs \"{}\"", grammar.name, key.name));
  }
}

const YamlNode* MapReader::Find(std::string_view key) const {
  const auto found = std::ranges::find(node_.entries, key, &YamlNode::Entry::key);
  return found == node_.entries.end() ? nullptr : found->value.get();
}

YamlNode TextNode(const std::string& text, Location at) {
  YamlNode node;
  node.kind = YamlNode::Kind::kText;
  node.text = text;
  node.at = at;
  return node;
}

const std::vector<YamlNode::Entry>& ReadNamed(const YamlNode& node, std::string_view of,
                                              StudyProblems& problems) {
  if (node.kind != YamlNode::Kind::kMap) {
    problems.Add(node.at, "STUDY_TYPE",
                 fmt::format("{} is a mapping from names, not {}", of, Name(node.kind)));
  } else if (node.entries.empty()) {
    problems.Add(node.at, "STUDY_MISSING", fmt::format("{} is empty", of), "declare at least one");
  }
  for (const YamlNode::Entry& entry : node.entries) {
    CheckName(entry.key, entry.key_at, fmt::format("{}:", of), problems);
  }
  return node.entries;
}

std::string ReadText(const YamlNode& node, std::string_view what, StudyProblems& problems) {
  if (node.kind != YamlNode::Kind::kText) {
    const bool quotable =
        node.kind == YamlNode::Kind::kNumber || node.kind == YamlNode::Kind::kBool;
    problems.Add(node.at, "STUDY_TYPE", fmt::format("{} is text, not {}", what, Name(node.kind)),
                 quotable ? fmt::format("write {} with its quotes", Quoted(node.text)) : "");
  } else if (node.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    problems.Add(node.at, "STUDY_MISSING", fmt::format("{} is empty", what));
  }
  return node.text;
}

std::string ReadName(const YamlNode& node, std::string_view what, StudyProblems& problems) {
  std::string name = ReadText(node, what, problems);
  CheckName(name, node.at, what, problems);
  return name;
}

std::string ReadWord(const YamlNode& node, const WordGrammar& grammar, StudyProblems& problems) {
  std::string word = ReadText(node, grammar.name, problems);
  if (std::ranges::find(grammar.words, word) != grammar.words.end()) return word;
  problems.Add(node.at, std::string(grammar.code),
               fmt::format("unknown {} {}", grammar.name, Quoted(word)),
               SuggestWord(word, grammar.words));
  return {};
}

double ReadNumber(const YamlNode& node, std::string_view what, bool (*holds)(double),
                  std::string_view range, StudyProblems& problems) {
  const auto value =
      node.kind == YamlNode::Kind::kNumber ? ParseNumber(node.text) : std::optional<double>();
  if (!value) {
    problems.Add(node.at, "STUDY_TYPE", fmt::format("{} is a number, not {}", what, Shown(node)),
                 fmt::format("it lies {}", range));
    return 0;
  }
  if (!holds(*value)) {
    problems.Add(node.at, "STUDY_RANGE", fmt::format("{} of {}", what, Shortened(node.text)),
                 fmt::format("it lies {}", range));
  }
  return *value;
}

std::uint64_t ReadWhole(const YamlNode& node, std::string_view what, std::uint64_t least,
                        std::uint64_t most, StudyProblems& problems) {
  const std::string range = fmt::format("write one from {} to {}", least, most);
  const std::string_view text = node.text;
  const bool digits = node.kind == YamlNode::Kind::kNumber &&
                      text.find_first_not_of("0123456789") == std::string_view::npos;
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  if (!digits || leading_zero) {
    problems.Add(node.at, "STUDY_TYPE",
                 fmt::format("{} is a whole number, not {}", what, Shown(node)), range);
    return least;
  }
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || value < least || value > most) {
    problems.Add(node.at, "STUDY_RANGE", fmt::format("{} of {}", what, Shortened(node.text)),
                 range);
    return least;
  }
  return value;
}

bool ReadBool(const YamlNode& node, std::string_view what, StudyProblems& problems) {
  if (node.kind == YamlNode::Kind::kBool) return node.text == "true";
  problems.Add(node.at, "STUDY_TYPE",
               fmt::format("{} is true or false, not {}", what, Shown(node)));
  return false;
}

double ReadQuantity(const YamlNode& node, Quantity quantity, std::string_view what,
                    StudyProblems& problems) {
  const bool readable = node.kind == YamlNode::Kind::kText || node.kind == YamlNode::Kind::kNumber;
  if (!readable) {
    problems.Add(
        node.at, "STUDY_TYPE",
        fmt::format("{} is a number{}, not {}", what,
                    quantity == Quantity::kCount ? "" : " with its unit", Name(node.kind)));
    return 0;
  }
  const Result<double> value = ParseQuantity(node.text, quantity, what);
  if (value) return *value;
  problems.Add(node.at, value.error().code, value.error().what, value.error().hint);
  return 0;
}

}  // namespace falsify::harness
