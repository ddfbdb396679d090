#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/study/grammar.h"
#include "harness/study/study.h"
#include "harness/study/units.h"
#include "harness/study/yaml_tree.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Remembers the first thing wrong with a study; what follows may be only its consequence. Readers
/// report here and go on with a default, so that they read like the grammar they implement.
class StudyProblems {
 public:
  explicit StudyProblems(std::string path) : path_(std::move(path)) {}

  void Add(Location at, std::string code, std::string what, std::string hint = {});

  const std::optional<Error>& first() const { return first_; }

 private:
  std::string path_;
  std::optional<Error> first_;
};

/// A mapping held against its grammar: reports a node that is none, an unknown key (with the
/// nearest known one), a required key that is missing.
class MapReader {
 public:
  MapReader(const YamlNode& node, const MapGrammar& grammar, StudyProblems& problems);

  /// Null if it is not given.
  const YamlNode* Find(std::string_view key) const;

 private:
  const YamlNode& node_;
};

/// A key where a value is expected, as in `{mmap: {..}}` for `mmap`.
YamlNode TextNode(const std::string& text, Location at);

/// What a mapping from names (of the author's choice) holds; empty, and reported, if it is none,
/// has no entry, or a name is not made of letters, digits, `_`, `.` and `-`. `of` is what it maps
/// ("models").
const std::vector<YamlNode::Entry>& ReadNamed(const YamlNode& node, std::string_view of,
                                              StudyProblems& problems);

/// Text with something in it. A plain number is none: other YAML readers would make 1.10 of it 1.1.
std::string ReadText(const YamlNode& node, std::string_view what, StudyProblems& problems);

/// Text made of letters, digits, `_`, `.` and `-`.
std::string ReadName(const YamlNode& node, std::string_view what, StudyProblems& problems);

/// One of a closed set; empty if it is not.
std::string ReadWord(const YamlNode& node, const WordGrammar& grammar, StudyProblems& problems);

/// A plain number for which `holds`; `range` says in words which do: "above 0 and at most 0.5".
double ReadNumber(const YamlNode& node, std::string_view what, bool (*holds)(double),
                  std::string_view range, StudyProblems& problems);

/// A plain whole number from `least` to `most`; `least` if it is none.
std::uint64_t ReadWhole(const YamlNode& node, std::string_view what, std::uint64_t least,
                        std::uint64_t most, StudyProblems& problems);

/// true or false.
bool ReadBool(const YamlNode& node, std::string_view what, StudyProblems& problems);

/// A number with its unit, in SI base units; 0 if it is none.
double ReadQuantity(const YamlNode& node, Quantity quantity, std::string_view what,
                    StudyProblems& problems);

}  // namespace falsify::harness
