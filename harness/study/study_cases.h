#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/study/read_study.h"

namespace falsify::harness {

/// A valid study that uses every key, for tests to spoil.
std::string_view ValidStudyText();

/// The names it uses.
Vocabulary TestVocabulary();

/// What a JSON Schema can know of a rule: keys, types, words and ranges, but no declared names, no
/// units of a measure, no contradictions.
enum class SchemaKnows { kYes, kNo };

/// One change to the valid study and the whole line it must earn.
struct StudyCase {
  std::string_view name;  ///< of the test
  std::string_view from;  ///< stands in the valid study, is replaced where it first stands
  std::string_view to;
  std::string_view line;  ///< empty: still valid
  SchemaKnows schema = SchemaKnows::kYes;
};

/// What a failing test prints of its case.
inline void PrintTo(const StudyCase& change, std::ostream* out) { *out << change.name; }

/// One per rule of the grammar.
std::vector<StudyCase> RefusedStudies();

/// Other ways to write what is allowed.
std::vector<StudyCase> AcceptedStudies();

/// Those of them about what is predicted: thresholds, orders, invariants, compounds.
std::span<const StudyCase> RefusedPredictions();
std::span<const StudyCase> AcceptedPredictions();

std::string Apply(const StudyCase& change);

}  // namespace falsify::harness
