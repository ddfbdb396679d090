#pragma once

#include <string>

#include "harness/study/yaml_tree.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// What a JSON Schema validator is given for a YAML value (core schema).
nlohmann::json ToJson(const YamlNode& node);

/// Where `value` breaks `schema`, e.g. "/models/st: additionalProperties"; empty if it does not.
/// Knows the keywords that study.schema.json uses; any other is reported as broken, so that the
/// schema cannot say more than this validator understands. `$ref` is within `root`.
std::string BrokenBy(const nlohmann::json& value, const nlohmann::json& schema,
                     const nlohmann::json& root, const std::string& at = "");

}  // namespace falsify::harness
