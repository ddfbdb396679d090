#include "harness/workloads/weights_used.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "harness/decoder/decoder.h"
#include "harness/workloads/altered_model.h"
#include "harness/workloads/disturb.h"
#include "harness/workloads/engine.h"
#include "harness/workloads/phase_clock.h"
#include "harness/workloads/prompt.h"
#include "harness/workloads/telling_changes.h"
#include "harness/workloads/twin_model.h"
#include "loaders/loader.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"

namespace falsify::harness {
namespace {

/// Up to `all_up_to` tensors are disturbed one and all, of more than those `some_of_many`.
struct Sampling {
  std::size_t all_up_to;
  std::size_t some_of_many;
};
constexpr Sampling kInPlace = {64, 16};
constexpr Sampling kByTwin = {32, 8};  // each loads the model anew
constexpr int kNamed = 5;

Result<std::string> Logits(const loaders::Model& model, const TrialSpec& spec) {
  const Result<loaders::ModelConfig> config = model.Config();
  if (!config) return Fail(config.error());
  const auto decoder = Decoder::Create(model, *config, spec.threads);
  if (!decoder) return Fail(decoder.error());
  const auto prompt = PromptOf(model, *config, spec.workload);
  if (!prompt) return Fail(prompt.error());
  const Result<std::vector<float>> logits = (*decoder)->Prefill(*prompt);
  if (!logits) return Fail(logits.error());
  return LogitsDigest(*logits);
}

/// Indices spread over all tensors; the next variation goes on where this one stopped.
std::vector<std::size_t> Chosen(std::size_t tensors, std::uint64_t variation,
                                const Sampling& sampling) {
  std::vector<std::size_t> chosen;
  const std::size_t count = tensors <= sampling.all_up_to ? tensors : sampling.some_of_many;
  const std::size_t rounds = (tensors + count - 1) / std::max<std::size_t>(count, 1);
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back((i * rounds + variation % rounds) % tensors);
  }
  return chosen;
}

/// Which tensors made no difference.
class Tally {
 public:
  void Add(std::string_view tensor, bool ignored) {
    ++disturbed_;
    if (!ignored || ++ignored_ > kNamed) return;
    names_ += (names_.empty() ? "" : ", ") + std::string(tensor);
  }

  void Tell(Observation& seen) const {
    seen.measures["tensors_disturbed"] = disturbed_;
    seen.measures["tensors_ignored"] = ignored_;
    if (!names_.empty()) seen.digests["ignored"] = names_;
  }

 private:
  std::string names_;
  int disturbed_ = 0;
  int ignored_ = 0;
};

/// The sabotage of this workload is a subject that computes the same whatever its weights are.
std::vector<std::byte> DisturbedFor(const TrialSpec& spec, const loaders::TensorView& view) {
  if (spec.sabotage.kind != Sabotage::Kind::kKeepOutput) return Disturbed(view);
  return {view.bytes.begin(), view.bytes.end()};
}

/// Whether the token of the loader's engine stays, which our decoder says would change.
Result<bool> EngineIgnores(const TrialSpec& spec, const loaders::StoredModel& own,
                           const TwinModel& twin, const TellingChange& change) {
  const loaders::TensorInfo& tensor = own.header().tensors()[change.tensor];
  const Result<loaders::TensorView> view = own.Resident(tensor);
  if (!view) return Fail(view.error());
  const auto before = AskEngine(spec, twin.path(), change.prompt);
  if (!before) return Fail(before.error());
  if (auto put = twin.Write(tensor, DisturbedFor(spec, *view)); !put) return Fail(put.error());
  const auto after = AskEngine(spec, twin.path(), change.prompt);
  if (!after) return Fail(after.error());
  if (auto put = twin.Write(tensor, view->bytes); !put) return Fail(put.error());
  return *before == *after;
}

Result<void> DisturbTwin(const TrialSpec& spec, PhaseClock& clock, Tally& tally) {
  const auto own = loaders::OpenModel(spec.model_path, &loaders::OpenMmap, {}, {});
  if (!own) return Fail(own.error());
  if (!(*own)->in_place()) {
    return Fail({"WEIGHTS_TWIN", spec.model_path, "its tensors are compressed", "unpack it first"});
  }
  const auto tensors = (*own)->header().tensors();
  clock.Begin("reference");
  const auto changes =
      FindTellingChanges(spec, **own, Chosen(tensors.size(), spec.variation, kByTwin));
  if (!changes) return Fail(changes.error());
  clock.Begin("copy");
  const Result<TwinModel> twin = TwinModel::Make(spec.model_path, **own);
  if (!twin) return Fail(twin.error());
  clock.Begin("disturb");
  for (const TellingChange& change : *changes) {
    const Result<bool> ignored = EngineIgnores(spec, **own, *twin, change);
    if (!ignored) return Fail(ignored.error());
    tally.Add(tensors[change.tensor].name, *ignored);
  }
  return {};
}

Result<void> DisturbInPlace(const TrialSpec& spec, PhaseClock& clock, Tally& tally) {
  const auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
  if (!model) return Fail(model.error());
  clock.Begin("disturb");
  const Result<std::string> as_they_are = Logits(**model, spec);
  if (!as_they_are) return Fail(as_they_are.error());
  const auto tensors = (*model)->header().tensors();
  for (const std::size_t index : Chosen(tensors.size(), spec.variation, kInPlace)) {
    const loaders::TensorInfo& tensor = tensors[index];
    const Result<loaders::TensorView> view = (*model)->Resident(tensor);
    if (!view) return Fail(view.error());
    if (view->bytes.empty()) continue;
    const std::vector<std::byte> bytes = DisturbedFor(spec, *view);
    const AlteredModel altered(**model, tensor.name, bytes);
    const Result<std::string> logits = Logits(altered, spec);
    // Weights so wild that nothing finite comes out are used.
    if (!logits && logits.error().code != "DECODER_NOT_FINITE") return Fail(logits.error());
    tally.Add(tensor.name, logits && *logits == *as_they_are);
  }
  return {};
}

}  // namespace

Result<void> RunWeightsUsed(const TrialSpec& spec, Observation& seen) {
  PhaseClock clock;
  clock.Begin("open");
  const Result<bool> own_engine = HasOwnEngine(spec);
  if (!own_engine) return Fail(own_engine.error());
  Tally tally;
  const Result<void> done =
      *own_engine ? DisturbTwin(spec, clock, tally) : DisturbInPlace(spec, clock, tally);
  if (!done) return done;
  clock.Stop();
  tally.Tell(seen);
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  return {};
}

}  // namespace falsify::harness
