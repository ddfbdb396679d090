#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/study/study.h"
#include "loaders/error.h"

namespace falsify::harness {

/// One value of a YAML document. What a plain scalar is follows YAML 1.2's core schema, so that
/// `1e3` is a number and `no` is text; a quoted one is always text. Aliases are resolved.
struct YamlNode {
  enum class Kind { kNull, kBool, kNumber, kText, kList, kMap };
  struct Entry {
    std::string key;
    Location key_at;
    std::shared_ptr<const YamlNode> value;
  };

  Kind kind = Kind::kNull;
  std::string text;                                    ///< of a scalar, as written
  std::vector<std::shared_ptr<const YamlNode>> items;  ///< of a list
  std::vector<Entry> entries;                          ///< of a map, keys unique
  Location at;  ///< columns count characters; of an alias, where its anchor stands
};

std::string_view Name(YamlNode::Kind kind);  ///< "a list", "nothing"

struct YamlLimits {
  std::size_t bytes = std::size_t{1} << 20;
  int depth = 64;
  std::size_t nodes = 100'000;  ///< keys and values, each alias counted as all it stands for
};

/// Reads the one document of `text`, UTF-8 with or without a byte order mark. `path` is for
/// messages. Whatever the bytes, it ends within the limits: yaml-cpp by itself follows cycles,
/// expands alias bombs, keeps duplicate keys, ignores tags and a second document, and loops on a
/// stray comma. Errors: STUDY_SIZE, STUDY_UTF8, STUDY_YAML, STUDY_EMPTY, STUDY_DOCUMENTS,
/// STUDY_DEPTH, STUDY_DUPLICATE, STUDY_TYPE (a key that is no text), STUDY_TAG, STUDY_ALIAS,
/// STUDY_MERGE.
Result<std::shared_ptr<const YamlNode>> ParseYaml(std::string_view text, const std::string& path,
                                                  const YamlLimits& limits = {});

/// `FILE:LINE:COLUMN`, as compilers print it.
std::string Where(const std::string& path, const Location& at);

}  // namespace falsify::harness
