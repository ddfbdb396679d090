#include "harness/workloads/weights_used.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "harness/decoder/decoder.h"
#include "harness/workloads/altered_model.h"
#include "harness/workloads/disturb.h"
#include "harness/workloads/phase_clock.h"
#include "loaders/loader.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kAllUpTo = 64;
constexpr std::size_t kSomeOfMany = 16;
constexpr int kNamed = 5;

Result<std::string> Logits(const loaders::Model& model, const TrialSpec& spec) {
  const Result<loaders::ModelConfig> config = model.Config();
  if (!config) return Fail(config.error());
  const auto decoder = Decoder::Create(model, *config, spec.threads);
  if (!decoder) return Fail(decoder.error());
  const auto prompt = PromptTokens(spec.workload.prompt_tokens, config->vocab_size);
  const Result<std::vector<float>> logits = (*decoder)->Prefill(prompt);
  if (!logits) return Fail(logits.error());
  return LogitsDigest(*logits);
}

/// Indices spread over all tensors; the next variation goes on where this one stopped.
std::vector<std::size_t> Chosen(std::size_t tensors, std::uint64_t variation) {
  std::vector<std::size_t> chosen;
  const std::size_t count = tensors <= kAllUpTo ? tensors : kSomeOfMany;
  const std::size_t rounds = (tensors + count - 1) / std::max<std::size_t>(count, 1);
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back((i * rounds + variation % rounds) % tensors);
  }
  return chosen;
}

}  // namespace

Result<void> RunWeightsUsed(const TrialSpec& spec, Observation& seen) {
  PhaseClock clock;
  clock.Begin("open");
  const auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
  if (!model) return Fail(model.error());
  if ((*model)->OwnFirstToken({}, spec.threads)) {
    return Fail({"WORKLOAD_ENGINE", spec.loader.name,
                 "its engine runs on weights of its own, which cannot be disturbed in place",
                 "compare its first token by same_first_token on models of several seeds"});
  }
  clock.Begin("disturb");
  const Result<std::string> as_they_are = Logits(**model, spec);
  if (!as_they_are) return Fail(as_they_are.error());
  const auto tensors = (*model)->header().tensors();
  std::string ignored_names;
  int disturbed = 0;
  int ignored = 0;
  for (const std::size_t index : Chosen(tensors.size(), spec.variation)) {
    const loaders::TensorInfo& tensor = tensors[index];
    const Result<loaders::TensorView> view = (*model)->Resident(tensor);
    if (!view) return Fail(view.error());
    if (view->bytes.empty()) continue;
    // The sabotage of this workload is a subject that computes the same whatever its weights are.
    const std::vector<std::byte> bytes =
        spec.sabotage.kind == Sabotage::Kind::kKeepOutput
            ? std::vector<std::byte>(view->bytes.begin(), view->bytes.end())
            : Disturbed(*view);
    const AlteredModel altered(**model, tensor.name, bytes);
    const Result<std::string> logits = Logits(altered, spec);
    // Weights so wild that nothing finite comes out are used.
    if (!logits && logits.error().code != "DECODER_NOT_FINITE") return Fail(logits.error());
    ++disturbed;
    if (!logits || *logits != *as_they_are) continue;
    if (++ignored <= kNamed) {
      ignored_names += (ignored_names.empty() ? "" : ", ") + std::string(tensor.name);
    }
  }
  clock.Stop();
  seen.measures["tensors_disturbed"] = disturbed;
  seen.measures["tensors_ignored"] = ignored;
  if (!ignored_names.empty()) seen.digests["ignored"] = ignored_names;
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  return {};
}

}  // namespace falsify::harness
