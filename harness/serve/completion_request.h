#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/tokenizer/chat.h"

namespace falsify::harness {

/// Which of the two ways of asking: POST /v1/chat/completions or /v1/completions.
enum class CompletionApi { kChat, kText };

/// A request body in OpenAI's form, as far as greedy decoding has a use for it.
struct CompletionRequest {
  std::vector<loaders::ChatMessage> messages = {};  ///< of kChat, not empty
  std::string text = {};                            ///< of kText, or
  std::vector<std::uint32_t> tokens = {};           ///< of kText: ids instead of a text
  unsigned max_tokens = 16;
  bool stream = false;
  bool include_usage = false;     ///< at the end of a stream
  bool return_token_ids = false;  ///< of an answer that is not streamed (as vLLM has it)
};

/// Errors: REQUEST_JSON (no such JSON), REQUEST_FIELD (missing, or of another type or size),
/// REQUEST_UNSUPPORTED (several choices, a prompt of several texts). Fields that only steer
/// sampling are taken and ignored: decoding is greedy.
Result<CompletionRequest> ParseCompletionRequest(CompletionApi api, std::string_view body);

}  // namespace falsify::harness
