#pragma once

#include "harness/study/fields.h"
#include "harness/study/measures.h"
#include "harness/study/study.h"
#include "harness/study/yaml_tree.h"

namespace falsify::harness {

/// `workload:`, or what goes with the measure where `node` is null.
WorkloadSpec ReadWorkload(const MeasureEntry& measure, const YamlNode* node,
                          StudyProblems& problems);

}  // namespace falsify::harness
