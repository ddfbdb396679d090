#include "harness/workloads/prompt.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "harness/decoder/decoder.h"
#include "loaders/tokenizer/chat.h"

namespace falsify::harness {

std::string PromptText(const WorkloadSpec& workload) {
  if (workload.chat.empty()) return workload.prompt;
  const std::vector<loaders::ChatMessage> turn = {{"user", workload.prompt}};
  return loaders::WriteChat(workload.chat, turn).value_or(workload.prompt);
}

Result<Prompt> Prompt::Prepare(const loaders::Model& model, const WorkloadSpec& workload) {
  Prompt prompt(workload);
  if (workload.prompt.empty()) return prompt;
  const auto vocabulary = model.Tokens();
  if (!vocabulary) return Fail(vocabulary.error());
  const auto files = model.files();
  auto tokenizer = loaders::Tokenizer::Create(*vocabulary, files.empty() ? "model" : files.front());
  if (!tokenizer) return Fail(std::move(tokenizer.error()));
  prompt.tokenizer_ = std::move(*tokenizer);
  return prompt;
}

Result<std::vector<std::uint32_t>> Prompt::Tokens(const loaders::ModelConfig& config) const {
  if (!tokenizer_) return PromptTokens(workload_.prompt_tokens, config.vocab_size);
  Result<std::vector<std::uint32_t>> tokens = tokenizer_->Encode(PromptText(workload_));
  if (!tokens) return tokens;
  if (tokens->empty()) return Fail({"TOKENIZER_EMPTY", "prompt", "it becomes no token", {}});
  const std::uint32_t largest = *std::ranges::max_element(*tokens);
  if (largest < config.vocab_size) return tokens;
  return Fail({"TOKENIZER_ID", "prompt",
               fmt::format("token {} of an embedding of {} rows", largest, config.vocab_size),
               "the tokenizer is another model's"});
}

Result<std::vector<std::uint32_t>> PromptOf(const loaders::Model& model,
                                            const loaders::ModelConfig& config,
                                            const WorkloadSpec& workload) {
  const Result<Prompt> prompt = Prompt::Prepare(model, workload);
  return prompt ? prompt->Tokens(config) : Fail(prompt.error());
}

}  // namespace falsify::harness
