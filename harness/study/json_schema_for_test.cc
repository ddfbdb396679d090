#include "harness/study/json_schema_for_test.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <regex.h>
#include <string>

namespace falsify::harness {
namespace {

using nlohmann::json;

bool HasType(const json& value, const json& type) {
  if (type.is_array()) {
    return std::ranges::any_of(type, [&](const json& one) { return HasType(value, one); });
  }
  const auto name = type.get<std::string>();
  if (name == "object") return value.is_object();
  if (name == "array") return value.is_array();
  if (name == "string") return value.is_string();
  if (name == "boolean") return value.is_boolean();
  if (name == "number") return value.is_number();
  return name == "integer" && value.is_number_integer();
}

// POSIX extended syntax, which agrees with JavaScript's on all that our patterns use.
bool Matches(const std::string& text, const std::string& pattern) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool matches = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return matches;
}

// One keyword of a schema against a value: empty if it holds.
struct Check {
  const json& value;
  const json& rule;
  const json& schema;
  const json& root;
  const std::string& at;

  std::string Broken(std::string_view keyword) const { return at + ": " + std::string(keyword); }
  std::string If(bool broken, std::string_view keyword) const {
    return broken ? Broken(keyword) : "";
  }

  std::string AtEach(
      const std::function<std::string(const std::string&, const json&)>& check) const {
    if (!value.is_object()) return "";
    for (const auto& [key, member] : value.items()) {
      if (std::string problem = check(key, member); !problem.empty()) return problem;
    }
    return "";
  }

  std::string Properties() const {
    return AtEach([&](const std::string& key, const json& member) {
      return rule.contains(key) ? BrokenBy(member, rule[key], root, at + "/" + key) : "";
    });
  }

  std::string AdditionalProperties() const {
    return AtEach([&](const std::string& key, const json& member) -> std::string {
      if (schema.contains("properties") && schema["properties"].contains(key)) return "";
      if (rule == false) return at + "/" + key + ": additionalProperties";
      return BrokenBy(member, rule, root, at + "/" + key);
    });
  }

  std::string PropertyNames() const {
    return AtEach([&](const std::string& key, const json& /*member*/) {
      return BrokenBy(key, rule, root, at + "/" + key);
    });
  }

  std::string Required() const {
    if (!value.is_object()) return "";
    for (const json& key : rule) {
      if (!value.contains(key.get<std::string>())) return Broken("required " + key.dump());
    }
    return "";
  }

  std::string Items() const {
    if (!value.is_array()) return "";
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string problem = BrokenBy(value[i], rule, root, at + "/" + std::to_string(i));
      if (!problem.empty()) return problem;
    }
    return "";
  }

  std::string AnyOrOneOf(std::string_view keyword) const {
    const auto held = std::ranges::count_if(
        rule, [&](const json& one) { return BrokenBy(value, one, root, at).empty(); });
    return If(keyword == "oneOf" ? held != 1 : held == 0, keyword);
  }

  std::string Ref() const {
    const std::string pointer = rule.get<std::string>().substr(1);  // "#/$defs/name"
    return BrokenBy(value, root.at(json::json_pointer(pointer)), root, at);
  }

  std::string Pattern() const {
    const bool broken =
        value.is_string() && !Matches(value.get<std::string>(), rule.get<std::string>());
    return If(broken, "pattern");
  }
};

using Keyword = std::function<std::string(const Check&)>;

const std::map<std::string, Keyword, std::less<>>& Keywords() {
  static const Keyword kNothing = [](const Check&) { return std::string(); };
  static const std::map<std::string, Keyword, std::less<>> kKeywords = {
      {"$schema", kNothing},
      {"$id", kNothing},
      {"$defs", kNothing},
      {"title", kNothing},
      {"description", kNothing},
      {"$ref", &Check::Ref},
      {"type", [](const Check& c) { return c.If(!HasType(c.value, c.rule), "type"); }},
      {"const", [](const Check& c) { return c.If(c.value != c.rule, "const"); }},
      {"enum",
       [](const Check& c) {
         return c.If(std::ranges::find(c.rule, c.value) == c.rule.end(), "enum");
       }},
      {"pattern", &Check::Pattern},
      {"minimum",
       [](const Check& c) { return c.If(c.value.is_number() && c.value < c.rule, "minimum"); }},
      {"maximum",
       [](const Check& c) { return c.If(c.value.is_number() && c.value > c.rule, "maximum"); }},
      {"exclusiveMinimum",
       [](const Check& c) {
         return c.If(c.value.is_number() && c.value <= c.rule, "exclusiveMinimum");
       }},
      {"exclusiveMaximum",
       [](const Check& c) {
         return c.If(c.value.is_number() && c.value >= c.rule, "exclusiveMaximum");
       }},
      {"minProperties",
       [](const Check& c) {
         return c.If(c.value.is_object() && c.value.size() < c.rule, "minProperties");
       }},
      {"maxProperties",
       [](const Check& c) {
         return c.If(c.value.is_object() && c.value.size() > c.rule, "maxProperties");
       }},
      {"minItems",
       [](const Check& c) {
         return c.If(c.value.is_array() && c.value.size() < c.rule, "minItems");
       }},
      {"maxItems",
       [](const Check& c) {
         return c.If(c.value.is_array() && c.value.size() > c.rule, "maxItems");
       }},
      {"properties", &Check::Properties},
      {"additionalProperties", &Check::AdditionalProperties},
      {"propertyNames", &Check::PropertyNames},
      {"required", &Check::Required},
      {"items", &Check::Items},
      {"anyOf", [](const Check& c) { return c.AnyOrOneOf("anyOf"); }},
      {"oneOf", [](const Check& c) { return c.AnyOrOneOf("oneOf"); }},
      {"not",
       [](const Check& c) { return c.If(BrokenBy(c.value, c.rule, c.root, c.at).empty(), "not"); }},
  };
  return kKeywords;
}

json NumberToJson(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && text.size() < 20) return std::strtoull(text.c_str(), nullptr, 10);
  return std::strtod(text.c_str(), nullptr);
}

}  // namespace

json ToJson(const YamlNode& node) {
  json value;
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return nullptr;
    case YamlNode::Kind::kBool:
      return node.text[0] == 't' || node.text[0] == 'T';
    case YamlNode::Kind::kNumber:
      return NumberToJson(node.text);
    case YamlNode::Kind::kText:
      return node.text;
    case YamlNode::Kind::kList:
      value = json::array();
      for (const auto& item : node.items) value.push_back(ToJson(*item));
      return value;
    case YamlNode::Kind::kMap:
      value = json::object();
      for (const auto& entry : node.entries) value[entry.key] = ToJson(*entry.value);
      return value;
  }
  return value;
}

std::string BrokenBy(const json& value, const json& schema, const json& root,
                     const std::string& at) {
  for (const auto& [keyword, rule] : schema.items()) {
    const auto found = Keywords().find(keyword);
    if (found == Keywords().end()) return at + ": keyword " + keyword + " is not understood";
    std::string problem = found->second({value, rule, schema, root, at});
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace falsify::harness
