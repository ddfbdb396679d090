#pragma once

#include <memory>
#include <span>
#include <string>

#include "harness/study/yaml_tree.h"
#include "loaders/error.h"

namespace falsify::harness {

/// `falsify run --set KEY=VALUE`: the study as if KEY held VALUE. KEY is a path of names, a list
/// item's name being its `id`: `models.st.generate.shape=tiny`, `hypotheses.H1.blocks.max=20`.
/// VALUE is YAML. The last name may be new; those before it exist. Applied in order; the tree
/// handed in is not changed. Errors: STUDY_SET (no `=`, or a name that is not there), those of
/// ParseYaml in VALUE.
Result<std::shared_ptr<const YamlNode>> ApplyOverrides(std::shared_ptr<const YamlNode> root,
                                                       std::span<const std::string> overrides);

}  // namespace falsify::harness
