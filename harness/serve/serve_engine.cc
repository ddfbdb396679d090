#include "harness/serve/serve_engine.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kDefaultChat = "chatml";
constexpr std::uint64_t kMostPositions = 32'768;

}  // namespace

ServeEngine::ServeEngine(std::unique_ptr<loaders::Model> model, loaders::ModelConfig config,
                         std::unique_ptr<Decoder> decoder, loaders::Tokenizer tokenizer,
                         std::string chat)
    : model_(std::move(model)),
      config_(std::move(config)),
      decoder_(std::move(decoder)),
      tokenizer_(std::move(tokenizer)),
      chat_(std::move(chat)) {}

Result<std::unique_ptr<ServeEngine>> ServeEngine::Load(const std::string& path,
                                                       const loaders::LoaderChoice& loader,
                                                       unsigned threads) {
  auto model = loaders::Load(path, loader, threads, {});
  if (!model) return Fail(std::move(model.error()));
  Result<loaders::ModelConfig> config = (*model)->Config();
  if (!config) return Fail(std::move(config.error()));
  const auto vocabulary = (*model)->Tokens();
  if (!vocabulary) return Fail(vocabulary.error());
  auto tokenizer = loaders::Tokenizer::Create(*vocabulary, path);
  if (!tokenizer) return Fail(std::move(tokenizer.error()));
  auto decoder = Decoder::Create(**model, *config, threads);
  if (!decoder) return Fail(std::move(decoder.error()));
  const std::string_view chat = loaders::RecogniseChat(vocabulary->chat_template);
  return std::unique_ptr<ServeEngine>(
      new ServeEngine(std::move(*model), std::move(*config), std::move(*decoder),
                      std::move(*tokenizer), std::string(chat.empty() ? kDefaultChat : chat)));
}

Result<std::vector<std::uint32_t>> ServeEngine::Tokenize(CompletionApi api,
                                                         const CompletionRequest& request) {
  const char* field = api == CompletionApi::kChat ? "messages" : "prompt";
  std::vector<std::uint32_t> tokens = request.tokens;
  if (tokens.empty()) {
    const std::string text = api == CompletionApi::kChat
                                 ? loaders::WriteChat(chat_, request.messages).value_or("")
                                 : request.text;
    const std::lock_guard lock(tokenizing_);
    auto encoded = tokenizer_.Encode(text);
    if (!encoded) return encoded;
    tokens = std::move(*encoded);
  }
  const std::uint64_t room =
      std::min(kMostPositions, config_.max_positions == 0 ? kMostPositions : config_.max_positions);
  if (tokens.empty()) return Fail({"REQUEST_FIELD", field, "becomes no token", {}});
  if (tokens.size() + request.max_tokens > room) {
    return Fail({"REQUEST_FIELD",
                 field,
                 fmt::format("{} tokens and {} more; the model has {} positions", tokens.size(),
                             request.max_tokens, room),
                 {}});
  }
  const std::uint32_t largest = *std::ranges::max_element(tokens);
  if (largest < config_.vocab_size) return tokens;
  return Fail({"REQUEST_FIELD", field, fmt::format("there is no token {}", largest), {}});
}

std::string_view ServeEngine::BytesOf(std::uint32_t token) const {
  return tokenizer_.IsControl(token) ? std::string_view() : tokenizer_.BytesOf(token);
}

ServeEngine::Completion::Completion(ServeEngine& engine, std::vector<std::uint32_t> prompt,
                                    unsigned max_tokens)
    : engine_(engine),
      prompt_(std::move(prompt)),
      max_tokens_(max_tokens),
      turn_(engine.decoding_, std::defer_lock) {}

Result<std::optional<std::uint32_t>> ServeEngine::Completion::Next() {
  if (ended_by_model_ || chosen_ == max_tokens_) return std::nullopt;
  if (!turn_.owns_lock()) turn_.lock();
  if (engine_.stopped_) return Fail({"SERVE_STOPPED", "server", "is being stopped", {}});
  Decoder& decoder = *engine_.decoder_;
  const Result<std::vector<float>> logits =
      chosen_ == 0 ? decoder.Start(prompt_, prompt_.size() + max_tokens_) : decoder.Next(last_);
  if (!logits) return Fail(logits.error());
  last_ = ArgMax(*logits);
  ++chosen_;
  ended_by_model_ = last_ == engine_.tokenizer_.eos() || engine_.tokenizer_.IsControl(last_);
  if (ended_by_model_ || chosen_ == max_tokens_) turn_.unlock();
  if (ended_by_model_) return std::nullopt;
  return last_;
}

}  // namespace falsify::harness
