#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/study/study.h"
#include "harness/study/yaml_tree.h"
#include "loaders/error.h"

namespace falsify::harness {

/// `text` without a UTF-8 byte order mark.
std::string_view WithoutByteOrderMark(std::string_view text);

/// Refuses what no YAML text may hold, before a parser sees it: invalid UTF-8, and control
/// characters other than tab and line ends (yaml-cpp takes 0x04 for the end of the file and NUL for
/// a sign of UTF-16). `path` is for messages. Errors: STUDY_UTF8.
Result<std::string_view> CheckYamlText(std::string_view text, const std::string& path);

/// The column of each byte of `text` and of its end: from 1, counting characters.
std::vector<int> ColumnsOf(std::string_view text);

/// What YAML 1.2's core schema makes of a plain scalar: null, bool, number or text.
YamlNode::Kind PlainKind(std::string_view scalar);

}  // namespace falsify::harness
