#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace falsify::loaders {

struct ChatMessage {
  std::string role;  ///< "system", "user", "assistant"
  std::string content;
};

/// The chat formats known by name: "chatml" (Qwen2), "llama3". Jinja is not run: a template is
/// recognised by the tokens it uses.
std::span<const std::string_view> ChatFormats();

/// The name of the format that a model's own template is of; empty for any other.
std::string_view RecogniseChat(std::string_view chat_template);

/// The text to be continued by the assistant; special tokens are spelled out in it. Empty if
/// `format` is none of ChatFormats(). What a message says cannot leave its turn: special tokens of
/// the format within it are broken up.
std::optional<std::string> WriteChat(std::string_view format,
                                     std::span<const ChatMessage> messages);

}  // namespace falsify::loaders
