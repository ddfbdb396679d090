#pragma once

#include <string_view>
#include <vector>

#include "harness/study/fields.h"
#include "harness/study/read_study.h"
#include "harness/study/settings.h"
#include "harness/study/study.h"
#include "harness/study/yaml_tree.h"

namespace falsify::harness {

/// One entry of `hypotheses:`, over the names of the subjects already read. Whether the members of
/// a compound exist is the caller's to check.
Hypothesis ReadHypothesis(const YamlNode& node, const Settings& defaults,
                          const std::vector<std::string_view>& subjects,
                          const Vocabulary& vocabulary, StudyProblems& problems);

}  // namespace falsify::harness
