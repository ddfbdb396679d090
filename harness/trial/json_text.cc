#include "harness/trial/json_text.h"

#include "fmt/format.h"

namespace falsify::harness {

using Json = nlohmann::json;

Result<Json> ParseBounded(std::string_view text, int depth, std::size_t bytes) {
  if (text.size() > bytes) {
    return Fail({.code = "JSON_SIZE",
                 .where = {},
                 .what = fmt::format("{} B, at most {} B allowed", text.size(), bytes),
                 .hint = {}});
  }
  bool too_deep = false;
  const auto keep = [&](int level, Json::parse_event_t event, Json&) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && level >= depth) too_deep = true;
    return !too_deep;
  };
  Json document;
  try {
    document = Json::parse(text, keep);
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
  if (too_deep) {
    return Fail({.code = "JSON_DEPTH",
                 .where = {},
                 .what = fmt::format("nested deeper than {}", depth),
                 .hint = {}});
  }
  return document;
}

std::string ValidUtf8(std::string_view text) {
  constexpr auto kReplace = Json::error_handler_t::replace;
  return Json::parse(Json(text).dump(-1, ' ', false, kReplace)).get<std::string>();
}

std::string DumpLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace falsify::harness
