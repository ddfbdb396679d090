#include "harness/study/overrides.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

using Node = std::shared_ptr<const YamlNode>;

Error SetError(const std::string& assignment, std::string what) {
  return {.code = "STUDY_SET",
          .where = "--set " + assignment,
          .what = std::move(what),
          .hint = "write KEY=VALUE, e.g. models.st.generate.shape=tiny"};
}

/// Where `name` stands in a map or in a list of maps with ids; null if it is not there.
Node* Child(YamlNode& node, std::string_view name) {
  for (YamlNode::Entry& entry : node.entries) {
    // The maps were copied by the caller; only their values are shared.
    if (entry.key == name) return &entry.value;
  }
  for (Node& item : node.items) {
    const auto has_id = [&](const YamlNode::Entry& entry) {
      return entry.key == "id" && entry.value->text == name;
    };
    if (std::ranges::any_of(item->entries, has_id)) return &item;
  }
  return nullptr;
}

Result<Node> Replace(const Node& node, std::string_view path, const Node& value,
                     const std::string& assignment) {
  const std::size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  auto copy = std::make_shared<YamlNode>(*node);
  Node* child = Child(*copy, name);
  if (dot == std::string_view::npos) {
    if (child != nullptr) {
      *child = value;
    } else if (copy->kind == YamlNode::Kind::kMap) {
      copy->entries.push_back({name, value->at, value});
    } else {
      return Fail(SetError(assignment, fmt::format("there is no place for \"{}\"", name)));
    }
    return Node(copy);
  }
  if (child == nullptr) return Fail(SetError(assignment, fmt::format("there is no \"{}\"", name)));
  Result<Node> replaced = Replace(*child, path.substr(dot + 1), value, assignment);
  if (!replaced) return replaced;
  *child = *replaced;
  return Node(copy);
}

}  // namespace

Result<Node> ApplyOverrides(Node root, std::span<const std::string> overrides) {
  for (const std::string& assignment : overrides) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(SetError(assignment, "there is no KEY= in it"));
    }
    const Result<Node> value =
        ParseYaml(std::string_view(assignment).substr(equals + 1), "--set " + assignment);
    if (!value) return Fail(value.error());
    Result<Node> replaced =
        Replace(root, std::string_view(assignment).substr(0, equals), *value, assignment);
    if (!replaced) return replaced;
    root = *replaced;
  }
  return root;
}

}  // namespace falsify::harness
