#include "loaders/external/completion_stream.h"

#include <utility>

#include "nlohmann/json.hpp"

namespace falsify::loaders {
namespace {

using nlohmann::json;

constexpr int kMostLevels = 64;
constexpr std::size_t kMostShown = 300;

/// Null unless it is there and not null itself.
const json* Find(const json& parent, const char* name) {
  if (!parent.is_object()) return nullptr;
  const auto found = parent.find(name);
  return found == parent.end() || found->is_null() ? nullptr : &*found;
}

json ParseShallow(const std::string& text) {
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kMostLevels; };
  return json::parse(text, shallow, /*allow_exceptions=*/false);
}

tl::unexpected<Error> Failed(const std::string& said) {
  const json parsed = ParseShallow(said);
  const json* message = Find(parsed, "message");
  const bool plain = message == nullptr || !message->is_string();
  const std::string text = plain ? said : message->get<std::string>();
  return Fail({"HTTP_ERROR", "server", text.substr(0, kMostShown), {}});
}

/// The text in `field` of `parent`, added to `delta`.
void AddText(const json& parent, const char* field, CompletionDelta& delta) {
  const json* text = Find(parent, field);
  if (text == nullptr || !text->is_string() || text->get_ref<const std::string&>().empty()) return;
  delta.text += text->get_ref<const std::string&>();
  delta.has_output = true;
}

void AddChoice(const json& choice, CompletionDelta& delta) {
  AddText(choice, "text", delta);
  const json* change = Find(choice, "delta");
  if (change == nullptr) return;
  for (const char* field : {"content", "reasoning_content", "reasoning"}) {
    AddText(*change, field, delta);
  }
  const json* calls = Find(*change, "tool_calls");
  if (calls != nullptr && calls->is_array() && !calls->empty()) delta.has_output = true;
}

}  // namespace

Result<CompletionDelta> ReadCompletionEvent(const SseEvent& event) {
  if (!event.error.empty()) return Failed(event.error);
  CompletionDelta delta;
  delta.done = event.data == "[DONE]";
  if (delta.done) return delta;
  const json chunk = ParseShallow(event.data);
  if (!chunk.is_object()) return Fail({"HTTP_STREAM", "server", "an event is no JSON object", {}});
  if (const json* error = Find(chunk, "error")) {
    const json* message = Find(*error, "message");
    const bool named = message != nullptr && message->is_string();
    return Failed(named ? message->get<std::string>() : "an error without a message");
  }
  if (const json* choices = Find(chunk, "choices"); choices != nullptr && choices->is_array()) {
    for (const json& choice : *choices) AddChoice(choice, delta);
  }
  const json* usage = Find(chunk, "usage");
  const json* tokens = usage == nullptr ? nullptr : Find(*usage, "completion_tokens");
  if (tokens != nullptr && tokens->is_number_unsigned()) {
    delta.completion_tokens = tokens->get<std::uint64_t>();
  }
  return delta;
}

}  // namespace falsify::loaders
