#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "loaders/error.h"
#include "loaders/external/sse_parser.h"

namespace falsify::loaders {

/// What one event of a streamed completion says (OpenAI's API, and what others make of it).
struct CompletionDelta {
  std::string text;         ///< of all choices
  bool has_output = false;  ///< text, reasoning or a tool call: the role alone is none
  bool done = false;        ///< "[DONE]"
  std::optional<std::uint64_t> completion_tokens = {};  ///< from a usage chunk
};

/// Errors: HTTP_STREAM (no JSON object), HTTP_ERROR (the server says that it failed, in its words).
Result<CompletionDelta> ReadCompletionEvent(const SseEvent& event);

}  // namespace falsify::loaders
