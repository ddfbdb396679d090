#include "harness/workloads/telling_changes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "harness/decoder/decoder.h"
#include "harness/workloads/altered_model.h"
#include "harness/workloads/disturb.h"
#include "harness/workloads/forked.h"
#include "harness/workloads/prompt.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {
namespace {

using nlohmann::json;

constexpr std::size_t kPrompts = 4;
constexpr float kClearly = 0.05F;

using Tokens = std::vector<std::uint32_t>;
using Logits = std::vector<float>;

/// The prompt of the workload, and the same tokens in other orders.
Result<std::vector<Tokens>> PromptsOf(const TrialSpec& spec, const loaders::Model& model,
                                      const loaders::ModelConfig& config) {
  Result<Tokens> prompt = PromptOf(model, config, spec.workload);
  if (!prompt) return Fail(std::move(prompt.error()));
  std::vector<Tokens> prompts;
  for (std::size_t i = 0; i < std::min(kPrompts, prompt->size()); ++i) {
    prompts.push_back(*prompt);
    std::rotate(prompt->begin(), prompt->begin() + 1, prompt->end());
  }
  return prompts;
}

Result<Logits> LogitsOf(const loaders::Model& model, const loaders::ModelConfig& config,
                        const Tokens& prompt, unsigned threads) {
  const auto decoder = Decoder::Create(model, config, threads);
  if (!decoder) return Fail(decoder.error());
  return (*decoder)->Prefill(prompt);
}

bool MovesClearly(const Logits& before, const Logits& after) {
  const std::uint32_t first = ArgMax(before);
  const std::uint32_t second = ArgMax(after);
  const auto leads = [](const Logits& logits, std::uint32_t one, std::uint32_t other) {
    const auto [least, most] = std::ranges::minmax(logits);
    return logits[one] - logits[other] > kClearly * (most - least);
  };
  return leads(before, first, second) && leads(after, second, first);
}

/// The first of `prompts` that tells whether `tensor` is used; their number if none does.
Result<std::size_t> TellingPrompt(const TrialSpec& spec, const loaders::StoredModel& own,
                                  const loaders::ModelConfig& config,
                                  const loaders::TensorInfo& tensor,
                                  const std::vector<Tokens>& prompts,
                                  const std::vector<Logits>& before) {
  const Result<loaders::TensorView> view = own.Resident(tensor);
  if (!view) return Fail(view.error());
  const std::vector<std::byte> bytes = Disturbed(*view);
  const AlteredModel altered(own, tensor.name, bytes);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const Result<Logits> after = LogitsOf(altered, config, prompts[i], spec.threads);
    if (!after && after.error().code != "DECODER_NOT_FINITE") return Fail(after.error());
    if (after && MovesClearly(before[i], *after)) return i;
  }
  return prompts.size();
}

/// Pairs of tensor and prompt, or the line of an error.
json Search(const TrialSpec& spec, const loaders::StoredModel& own,
            const loaders::ModelConfig& config, const std::vector<Tokens>& prompts,
            std::span<const std::size_t> tensors) {
  std::vector<Logits> before;
  for (const Tokens& prompt : prompts) {
    Result<Logits> logits = LogitsOf(own, config, prompt, spec.threads);
    if (!logits) return logits.error().Line();
    before.push_back(std::move(*logits));
  }
  json found = json::array();
  for (const std::size_t tensor : tensors) {
    const Result<std::size_t> prompt =
        TellingPrompt(spec, own, config, own.header().tensors()[tensor], prompts, before);
    if (!prompt) return prompt.error().Line();
    if (*prompt < prompts.size()) found.push_back({{"tensor", tensor}, {"prompt", *prompt}});
  }
  return found;
}

}  // namespace

Result<std::vector<TellingChange>> FindTellingChanges(const TrialSpec& spec,
                                                      const loaders::StoredModel& own,
                                                      std::span<const std::size_t> tensors) {
  const Result<loaders::ModelConfig> config = own.Config();
  if (!config) return Fail(config.error());
  const Result<std::vector<Tokens>> prompts = PromptsOf(spec, own, *config);
  if (!prompts) return Fail(prompts.error());
  const Result<ForkedEnd> end = RunForked(
      [&] { return Search(spec, own, *config, *prompts, tensors).dump(); }, spec.timeout_seconds);
  if (!end) return Fail(end.error());
  const json found = json::parse(end->text, nullptr, false);
  if (!end->cause.empty() || !found.is_array()) {
    const std::string why = found.is_string() ? found.get<std::string>() : end->cause;
    return Fail({"WEIGHTS_ENGINE", "reference decoder", why, {}});
  }
  std::vector<TellingChange> changes;
  for (const json& one : found) {
    changes.push_back({one.at("tensor"), prompts->at(one.at("prompt"))});
  }
  return changes;
}

}  // namespace falsify::harness
