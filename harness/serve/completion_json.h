#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/serve/completion_request.h"

namespace falsify::harness {

/// Writes the answers to one request, in OpenAI's form. Every text handed in is valid UTF-8.
class CompletionJson {
 public:
  struct Usage {
    std::size_t prompt_tokens;
    std::size_t completion_tokens;
  };

  /// `created` in seconds since 1970.
  CompletionJson(CompletionApi api, std::uint64_t number, std::string model, std::int64_t created);

  /// Chunks of a stream, each one server-sent event with its blank line.
  std::string First() const;  ///< of a chat the role, and no content yet; otherwise empty
  std::string Delta(const std::string& text) const;
  std::string Last(const char* finish_reason) const;
  std::string UsageChunk(const Usage& usage) const;

  /// The whole answer at once; with `tokens` if they are not null.
  std::string Whole(const std::string& text, const char* finish_reason, const Usage& usage,
                    const std::vector<std::uint32_t>* tokens) const;

 private:
  CompletionApi api_;
  std::string id_;
  std::string model_;
  std::int64_t created_;
};

/// The event that ends every stream.
inline constexpr const char* kStreamEnd = "data: [DONE]\n\n";

/// The body of an answer that is an error: {"error": {"message", "type", "code"}}.
std::string ErrorBody(const std::string& message, const char* type, const std::string& code);

}  // namespace falsify::harness
