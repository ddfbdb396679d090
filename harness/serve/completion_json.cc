#include "harness/serve/completion_json.h"

#include <utility>

#include "fmt/format.h"
#include "harness/trial/json_text.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json Head(const char* object, const std::string& id, const std::string& model,
          std::int64_t created) {
  return {{"id", id}, {"object", object}, {"created", created}, {"model", model}};
}

Json UsageOf(const CompletionJson::Usage& usage) {
  return {{"prompt_tokens", usage.prompt_tokens},
          {"completion_tokens", usage.completion_tokens},
          {"total_tokens", usage.prompt_tokens + usage.completion_tokens}};
}

std::string Event(Json head, Json choice) {
  head["choices"] = Json::array({std::move(choice)});
  return fmt::format("data: {}\n\n", Dump(head));
}

}  // namespace

CompletionJson::CompletionJson(CompletionApi api, std::uint64_t number, std::string model,
                               std::int64_t created)
    : api_(api),
      id_(fmt::format("{}-{}", api == CompletionApi::kChat ? "chatcmpl" : "cmpl", number)),
      model_(std::move(model)),
      created_(created) {}

std::string CompletionJson::First() const {
  if (api_ == CompletionApi::kText) return {};
  return Event(Head("chat.completion.chunk", id_, model_, created_),
               {{"index", 0},
                {"delta", {{"role", "assistant"}, {"content", ""}}},
                {"finish_reason", nullptr}});
}

std::string CompletionJson::Delta(const std::string& text) const {
  if (api_ == CompletionApi::kText) {
    return Event(Head("text_completion", id_, model_, created_),
                 {{"index", 0}, {"text", text}, {"finish_reason", nullptr}});
  }
  return Event(Head("chat.completion.chunk", id_, model_, created_),
               {{"index", 0}, {"delta", {{"content", text}}}, {"finish_reason", nullptr}});
}

std::string CompletionJson::Last(const char* finish_reason) const {
  if (api_ == CompletionApi::kText) {
    return Event(Head("text_completion", id_, model_, created_),
                 {{"index", 0}, {"text", ""}, {"finish_reason", finish_reason}});
  }
  return Event(Head("chat.completion.chunk", id_, model_, created_),
               {{"index", 0}, {"delta", Json::object()}, {"finish_reason", finish_reason}});
}

std::string CompletionJson::UsageChunk(const Usage& usage) const {
  const bool chat = api_ == CompletionApi::kChat;
  Json chunk = Head(chat ? "chat.completion.chunk" : "text_completion", id_, model_, created_);
  chunk["choices"] = Json::array();
  chunk["usage"] = UsageOf(usage);
  return fmt::format("data: {}\n\n", Dump(chunk));
}

std::string CompletionJson::Whole(const std::string& text, const char* finish_reason,
                                  const Usage& usage,
                                  const std::vector<std::uint32_t>* tokens) const {
  const bool chat = api_ == CompletionApi::kChat;
  Json whole = Head(chat ? "chat.completion" : "text_completion", id_, model_, created_);
  Json choice = {{"index", 0}};
  if (chat) {
    choice["message"] = {{"role", "assistant"}, {"content", text}};
  } else {
    choice["text"] = text;
  }
  if (tokens != nullptr) choice["token_ids"] = *tokens;
  choice["finish_reason"] = finish_reason;
  whole["choices"] = Json::array({std::move(choice)});
  whole["usage"] = UsageOf(usage);
  return Dump(whole);
}

std::string ErrorBody(const std::string& message, const char* type, const std::string& code) {
  return Dump({{"error", {{"message", ValidUtf8(message)}, {"type", type}, {"code", code}}}});
}

}  // namespace falsify::harness
