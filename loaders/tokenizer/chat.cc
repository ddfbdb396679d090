#include "loaders/tokenizer/chat.h"

#include <algorithm>
#include <array>

namespace falsify::loaders {
namespace {

constexpr std::array<std::string_view, 2> kFormats = {"chatml", "llama3"};

/// How one format writes a turn.
struct Turn {
  std::string_view before_role;
  std::string_view after_role;
  std::string_view end;
  bool trimmed;  ///< the content, of white space
};
constexpr Turn kChatml = {"<|im_start|>", "\n", "<|im_end|>\n", false};
constexpr Turn kLlama3 = {"<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>", true};
constexpr std::string_view kOpening = "<|";

const Turn* TurnOf(std::string_view format) {
  if (format == kFormats[0]) return &kChatml;
  return format == kFormats[1] ? &kLlama3 : nullptr;
}

/// No special token begins in it any more: a word joiner stands between the two characters.
std::string Inert(std::string_view content) {
  std::string inert;
  for (std::size_t i = 0; i < content.size(); ++i) {
    inert += content[i];
    if (content.substr(i).starts_with(kOpening)) inert += "\u2060";
  }
  return inert;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::span<const std::string_view> ChatFormats() { return kFormats; }

std::string_view RecogniseChat(std::string_view chat_template) {
  for (const std::string_view format : kFormats) {
    if (chat_template.find(TurnOf(format)->before_role) != std::string_view::npos) return format;
  }
  return {};
}

std::optional<std::string> WriteChat(std::string_view format,
                                     std::span<const ChatMessage> messages) {
  const Turn* turn = TurnOf(format);
  if (turn == nullptr) return std::nullopt;
  std::string text;
  const auto begin = [&](std::string_view role) {
    text.append(turn->before_role).append(role).append(turn->after_role);
  };
  for (const ChatMessage& message : messages) {
    begin(Inert(message.role));
    const std::string_view content = message.content;
    text.append(Inert(turn->trimmed ? Trimmed(content) : content)).append(turn->end);
  }
  begin("assistant");
  return text;
}

}  // namespace falsify::loaders
