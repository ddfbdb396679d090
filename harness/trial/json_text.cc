#include "harness/trial/json_text.h"

#include "fmt/format.h"
#include "simdjson.h"

namespace falsify::harness {

using Json = nlohmann::json;

namespace {

/// By brackets outside of strings: right for every document, and more than enough for what is none.
bool NestedDeeperThan(std::string_view text, int depth) {
  int level = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++level > depth) return true;
    } else if (c == ']' || c == '}') {
      --level;
    }
  }
  return false;
}

}  // namespace

Result<Json> ParseBounded(std::string_view text, int depth, std::size_t bytes) {
  if (text.size() > bytes) {
    return Fail({.code = "JSON_SIZE",
                 .where = {},
                 .what = fmt::format("{} B, at most {} B allowed", text.size(), bytes),
                 .hint = {}});
  }
  if (NestedDeeperThan(text, depth)) {
    return Fail({.code = "JSON_DEPTH",
                 .where = {},
                 .what = fmt::format("nested deeper than {}", depth),
                 .hint = {}});
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return Fail(
        {.code = "JSON_SYNTAX",
         .where = {},
         .what = fmt::format("not one JSON document, byte {} of {}", error.byte, text.size()),
         .hint = {}});
  } catch (const Json::exception&) {
    return Fail(
        {.code = "JSON_SYNTAX", .where = {}, .what = "a number is out of range", .hint = {}});
  }
}

std::string ValidUtf8(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::string(text);
  constexpr auto kReplace = Json::error_handler_t::replace;
  return Json::parse(Json(text).dump(-1, ' ', false, kReplace)).get<std::string>();
}

std::string DumpLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace falsify::harness
