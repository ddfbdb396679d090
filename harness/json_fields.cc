#include "harness/json_fields.h"

#include <array>
#include <cstdlib>

namespace falsify::harness {

nlohmann::json JsonWriter::Value(double value) {
  if (!std::isfinite(value)) std::abort();
  return value;
}

std::string JsonReader::Read(const nlohmann::json& json, const std::string& at,
                             criteria::Verdict& value) {
  if (!json.is_string()) return at + ": expected a verdict";
  const std::optional<criteria::Verdict> verdict =
      criteria::VerdictFromName(json.get_ref<const std::string&>());
  if (!verdict) return at + ": expected a verdict";
  value = *verdict;
  return {};
}

}  // namespace falsify::harness
