#pragma once

#include <string_view>
#include <vector>

#include "harness/study/fields.h"
#include "harness/study/settings.h"
#include "harness/study/study.h"
#include "harness/study/yaml_tree.h"

namespace falsify::harness {

/// One entry of `hypotheses:`, over the names of the subjects already read.
Hypothesis ReadHypothesis(const YamlNode& node, const Settings& defaults,
                          const std::vector<std::string_view>& subjects, StudyProblems& problems);

}  // namespace falsify::harness
