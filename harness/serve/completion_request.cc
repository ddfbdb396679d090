#include "harness/serve/completion_request.h"

#include <limits>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "harness/trial/json_text.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {
namespace {

using nlohmann::json;

constexpr int kDepth = 16;
constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr std::size_t kMostMessages = 1000;
constexpr unsigned kMostTokens = 32'768;

tl::unexpected<Error> Wrong(const char* field, std::string what) {
  return Fail({"REQUEST_FIELD", field, std::move(what), {}});
}

/// Null for a field that is absent or null.
const json* Find(const json& parent, const char* name) {
  const auto found = parent.find(name);
  return found == parent.end() || found->is_null() ? nullptr : &*found;
}

/// A text, or a list of parts of which each is a text.
std::optional<std::string> ContentOf(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return std::nullopt;
  std::string text;
  for (const json& part : content) {
    const json* type = part.is_object() ? Find(part, "type") : nullptr;
    const json* words = part.is_object() ? Find(part, "text") : nullptr;
    if (type == nullptr || *type != "text" || words == nullptr || !words->is_string()) {
      return std::nullopt;
    }
    text += words->get<std::string>();
  }
  return text;
}

Result<void> ReadMessages(const json& body, CompletionRequest& request) {
  const json* messages = Find(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    return Wrong("messages", "is no list of messages");
  }
  if (messages->size() > kMostMessages) return Wrong("messages", "has too many messages");
  for (const json& message : *messages) {
    const json* role = message.is_object() ? Find(message, "role") : nullptr;
    const json* content = message.is_object() ? Find(message, "content") : nullptr;
    auto text = content == nullptr ? std::nullopt : ContentOf(*content);
    if (role == nullptr || !role->is_string() || !text) {
      return Wrong("messages", "a message needs a role and a text as content");
    }
    request.messages.push_back({role->get<std::string>(), *std::move(text)});
  }
  return {};
}

Result<void> ReadPrompt(const json& body, CompletionRequest& request) {
  const json* prompt = Find(body, "prompt");
  if (prompt == nullptr) return Wrong("prompt", "is missing");
  if (prompt->is_string()) {
    request.text = prompt->get<std::string>();
    return request.text.empty() ? Wrong("prompt", "is empty") : Result<void>();
  }
  if (!prompt->is_array() || prompt->empty()) return Wrong("prompt", "is neither text nor tokens");
  for (const json& token : *prompt) {
    const bool fits = token.is_number_unsigned() &&
                      token.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
    if (!fits) {
      return Fail(
          {"REQUEST_UNSUPPORTED", "prompt", "is neither one text nor a list of tokens", {}});
    }
    request.tokens.push_back(token.get<std::uint32_t>());
  }
  return {};
}

Result<bool> ReadFlag(const json& parent, const char* name) {
  const json* flag = Find(parent, name);
  if (flag == nullptr) return false;
  if (flag->is_boolean()) return flag->get<bool>();
  return Wrong(name, "is neither true nor false");
}

Result<void> ReadLimits(const json& body, CompletionRequest& request) {
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {
    const json* most = Find(body, name);
    if (most == nullptr) continue;
    if (!most->is_number_unsigned() || *most < 1 || *most > kMostTokens) {
      return Wrong(name, fmt::format("is no number from 1 to {}", kMostTokens));
    }
    request.max_tokens = most->get<unsigned>();
  }
  if (const json* choices = Find(body, "n"); choices != nullptr && *choices != 1) {
    return Fail({"REQUEST_UNSUPPORTED", "n", "greedy decoding has one choice", {}});
  }
  const Result<bool> stream = ReadFlag(body, "stream");
  if (!stream) return Fail(stream.error());
  request.stream = *stream;
  const Result<bool> ids = ReadFlag(body, "return_token_ids");
  if (!ids) return Fail(ids.error());
  request.return_token_ids = *ids;
  const json* options = Find(body, "stream_options");
  if (options == nullptr) return {};
  if (!options->is_object()) return Wrong("stream_options", "is no object");
  const Result<bool> usage = ReadFlag(*options, "include_usage");
  if (!usage) return Fail(usage.error());
  request.include_usage = *usage;
  return {};
}

}  // namespace

Result<CompletionRequest> ParseCompletionRequest(CompletionApi api, std::string_view text) {
  const Result<json> body = ParseBounded(text, kDepth, kMostBytes);
  if (!body) return Fail({"REQUEST_JSON", "body", body.error().what, {}});
  if (!body->is_object()) return Fail({"REQUEST_JSON", "body", "is no JSON object", {}});
  CompletionRequest request;
  const Result<void> prompt =
      api == CompletionApi::kChat ? ReadMessages(*body, request) : ReadPrompt(*body, request);
  if (!prompt) return Fail(prompt.error());
  if (Result<void> limits = ReadLimits(*body, request); !limits) return Fail(limits.error());
  return request;
}

}  // namespace falsify::harness
