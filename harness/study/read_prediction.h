#pragma once

#include "harness/study/fields.h"
#include "harness/study/measures.h"
#include "harness/study/read_study.h"
#include "harness/study/study.h"
#include "harness/study/yaml_tree.h"

namespace falsify::harness {

/// `predict:` of a hypothesis whose subject, measure, workload and settings have been read; fits
/// the prediction to the measure. `tolerance` holds unless the prediction gives one.
Prediction ReadPrediction(const YamlNode& node, const Hypothesis& hypothesis,
                          const MeasureEntry& measure, double tolerance, StudyProblems& problems);

/// `sweep:`. Sizes are whole, and ascend.
Sweep ReadSweep(const YamlNode& node, StudyProblems& problems);

/// Where an order was claimed over sizes on which it cannot be seen.
void CheckOrder(const YamlNode& predict, const Hypothesis& hypothesis, const Vocabulary& vocabulary,
                StudyProblems& problems);

/// How far a tolerance of an order may go: above 0, at most 1.
double ReadTolerance(const YamlNode& node, StudyProblems& problems);

}  // namespace falsify::harness
