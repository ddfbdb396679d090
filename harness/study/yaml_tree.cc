#include "harness/study/yaml_tree.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "harness/study/nearest_word.h"
#include "harness/study/yaml_text.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/parser.h"

namespace falsify::harness {
namespace {

using NodePtr = std::shared_ptr<const YamlNode>;

// The only way to stop yaml-cpp from within: caught in ParseYaml.
struct Stopped {
  Error error;
};

// yaml-cpp's marks, which count bytes from 0, as places for people.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text), columns_(ColumnsOf(text)) {}

  Location At(const YAML::Mark& mark) const {
    return {.line = mark.line + 1, .column = columns_[Offset(mark)]};
  }
  std::string_view TextFrom(const YAML::Mark& mark) const { return text_.substr(Offset(mark)); }

 private:
  std::size_t Offset(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
  }

  std::string_view text_;
  std::vector<int> columns_;
};

// A finished node and what it costs to walk it.
struct Built {
  NodePtr node;
  std::size_t nodes = 1;
  int height = 1;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Places& places, const std::string& path, const YamlLimits& limits)
      : places_(places), path_(path), limits_(limits) {}

  NodePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    if (places_.TextFrom(mark).starts_with("---")) {
      Stop(At(mark), "STUDY_DOCUMENTS", "a second document", "a study is one document");
    }
    Stop(At(mark), "STUDY_YAML", "the study has ended before this", "is the indentation right?");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(At(mark), anchor, Scalar(At(mark), YamlNode::Kind::kNull, ""));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseTag(mark, tag);
    if (value.find('\0') != std::string::npos) {
      Stop(At(mark), "STUDY_UTF8", "an escaped NUL character", "take it out");
    }
    const bool plain = tag == "?";
    Add(At(mark), anchor,
        Scalar(At(mark), plain ? PlainKind(value) : YamlNode::Kind::kText, value));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      Stop(At(mark), "STUDY_ALIAS", "an alias inside its own anchor", "a study has no cycles");
    }
    const Built& built = found->second;
    if (built.nodes > limits_.nodes - nodes_) {
      Stop(At(mark), "STUDY_ALIAS",
           fmt::format("more than {} values once aliases are expanded", limits_.nodes),
           "write shared settings under defaults:");
    }
    nodes_ += built.nodes;
    CheckDepth(At(mark), built.height);
    Attach(At(mark), built);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Key {
    std::string text;
    Location at;
  };
  // A list or map whose end has not been seen.
  struct Frame {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = 0;
    std::size_t nodes_before = 0;
    int height = 1;
    std::optional<Key> key;            // of a map: read, its value not yet
    std::map<std::string, int> lines;  // of each key
  };

  Location At(const YAML::Mark& mark) const { return places_.At(mark); }

  [[noreturn]] void Stop(Location at, std::string code, std::string what, std::string hint) const {
    throw Stopped{{.code = std::move(code),
                   .where = Where(path_, at),
                   .what = std::move(what),
                   .hint = std::move(hint)}};
  }

  static std::shared_ptr<YamlNode> Scalar(Location at, YamlNode::Kind kind, std::string text) {
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->text = std::move(text);
    node->at = at;
    return node;
  }

  // yaml-cpp says "?" for no tag on anything but a quoted scalar, and "!" for both a quoted scalar
  // and the tag `!`, so the text must tell.
  void RefuseTag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag == "?" || tag.empty()) return;
    std::string_view written = places_.TextFrom(mark);
    if (written.starts_with('&')) {
      written.remove_prefix(std::min(written.find_first_of(" \t\r\n"), written.size()));
      written.remove_prefix(std::min(written.find_first_not_of(" \t\r\n"), written.size()));
    }
    if (tag == "!" && !written.starts_with('!')) return;
    Stop(At(mark), "STUDY_TAG", fmt::format("a tag ({})", Quoted(tag)), "a study has none");
  }

  void CountNode(Location at) {
    if (nodes_ < limits_.nodes) {
      ++nodes_;
      return;
    }
    Stop(at, "STUDY_SIZE", fmt::format("more than {} values", limits_.nodes), "");
  }

  void CheckDepth(Location at, int height) const {
    if (static_cast<int>(frames_.size()) + height <= limits_.depth) return;
    Stop(at, "STUDY_DEPTH", fmt::format("nested deeper than {} levels", limits_.depth), "");
  }

  void Add(Location at, YAML::anchor_t anchor, std::shared_ptr<YamlNode> node) {
    CountNode(at);
    // A missing value is reported by yaml-cpp at whatever follows it: point to its key instead.
    if (node->kind == YamlNode::Kind::kNull && !frames_.empty() && frames_.back().key) {
      node->at = frames_.back().key->at;
    }
    const Built built{.node = std::move(node), .nodes = 1, .height = 1};
    if (anchor != 0) anchors_[anchor] = built;
    Attach(at, built);
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    RefuseTag(mark, tag);
    CheckDepth(At(mark), 1);
    const std::size_t nodes_before = nodes_;
    CountNode(At(mark));
    Frame frame;
    frame.node = Scalar(At(mark), kind, "");
    frame.anchor = anchor;
    frame.nodes_before = nodes_before;
    frames_.push_back(std::move(frame));
  }

  void Close() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    const Built built{
        .node = frame.node, .nodes = nodes_ - frame.nodes_before, .height = frame.height};
    if (frame.anchor != 0) anchors_[frame.anchor] = built;
    Attach(frame.node->at, built);
  }

  void Attach(Location at, const Built& built) {
    if (frames_.empty()) {
      root_ = built.node;
      return;
    }
    Frame& frame = frames_.back();
    frame.height = std::max(frame.height, 1 + built.height);
    if (frame.node->kind == YamlNode::Kind::kList) {
      frame.node->items.push_back(built.node);
    } else if (!frame.key) {
      frame.key = CheckedKey(at, *built.node, frame);
    } else {
      frame.node->entries.push_back({frame.key->text, frame.key->at, built.node});
      frame.key.reset();
    }
  }

  Key CheckedKey(Location at, const YamlNode& node, Frame& frame) const {
    if (node.kind == YamlNode::Kind::kList || node.kind == YamlNode::Kind::kMap ||
        node.kind == YamlNode::Kind::kNull) {
      Stop(at, "STUDY_TYPE", fmt::format("a key is text, not {}", Name(node.kind)), "");
    }
    if (node.text == "<<") {
      Stop(at, "STUDY_MERGE", "merge keys (<<) are not taken",
           "write shared settings under defaults:");
    }
    const auto [known, added] = frame.lines.emplace(node.text, at.line);
    if (!added) {
      Stop(at, "STUDY_DUPLICATE",
           fmt::format("key {} is already given in line {}", Quoted(node.text), known->second), "");
    }
    return {.text = node.text, .at = at};
  }

  const Places& places_;
  const std::string& path_;
  const YamlLimits& limits_;
  int documents_ = 0;
  std::size_t nodes_ = 0;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Built> anchors_;  // finished ones only: an open one would be a cycle
  NodePtr root_;
};

tl::unexpected<Error> SyntaxError(const YAML::Exception& problem, const std::string& path,
                                  const Places& places) {
  return Fail({.code = "STUDY_YAML",
               .where = problem.mark.is_null() ? path : Where(path, places.At(problem.mark)),
               .what = problem.msg,
               .hint = {}});
}

}  // namespace

std::string_view Name(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kBool:
      return "true or false";
    case YamlNode::Kind::kNumber:
      return "a number";
    case YamlNode::Kind::kText:
      return "text";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
  }
  return "";
}

std::string Where(const std::string& path, const Location& at) {
  return fmt::format("{}:{}:{}", path, at.line, at.column);
}

Result<std::shared_ptr<const YamlNode>> ParseYaml(std::string_view text, const std::string& path,
                                                  const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    return Fail({.code = "STUDY_SIZE",
                 .where = path,
                 .what = fmt::format("larger than {} bytes", limits.bytes),
                 .hint = "is this a study?"});
  }
  const Result<std::string_view> checked = CheckYamlText(WithoutByteOrderMark(text), path);
  if (!checked) return Fail(checked.error());

  const Places places(*checked);
  TreeBuilder builder(places, path, limits);
  try {
    std::istringstream stream{std::string(*checked)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stopped& stopped) {
    return Fail(stopped.error);
  } catch (const YAML::Exception& problem) {
    return SyntaxError(problem, path, places);
  }
  if (builder.root() == nullptr) {
    return Fail({.code = "STUDY_EMPTY", .where = path, .what = "holds nothing", .hint = {}});
  }
  return builder.root();
}

}  // namespace falsify::harness
