#pragma once

#include <string>
#include <vector>

#include "harness/study/fields.h"
#include "harness/study/read_study.h"
#include "harness/study/study.h"
#include "harness/study/yaml_tree.h"

namespace falsify::harness {

/// `models:`. Relative paths become relative to where `study_path` lies.
std::vector<ModelSpec> ReadModels(const YamlNode& node, const std::string& study_path,
                                  const Vocabulary& vocabulary, StudyProblems& problems);

/// `subjects:`, over models already read. Paths of plug-ins as those of models, made absolute.
std::vector<SubjectSpec> ReadSubjects(const YamlNode& node, const std::string& study_path,
                                      const std::vector<ModelSpec>& models,
                                      const Vocabulary& vocabulary, StudyProblems& problems);

}  // namespace falsify::harness
