#include "harness/workloads/workload.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "harness/decoder/decoder.h"
#include "loaders/digest.h"

namespace falsify::harness {
namespace {

Result<void> Open(WorkloadContext&) { return {}; }

Result<void> Touch(WorkloadContext& context) {
  context.clock.Begin("touch");
  const Result<std::uint64_t> sum = TouchPayload(context.model, context.threads);
  if (!sum) return Fail(sum.error());
  context.seen.digests["touched"] = fmt::format("sum64:{:016x}", *sum);
  return {};
}

Result<void> ToF32(WorkloadContext& context) {
  context.clock.Begin("convert");
  return WidenPayload(context.model, context.threads);
}

Result<void> FirstToken(WorkloadContext& context) {
  context.clock.Begin("config");
  const Result<loaders::ModelConfig> config = context.model.Config();
  if (!config) return Fail(config.error());
  const std::vector<std::uint32_t> prompt =
      PromptTokens(context.spec.prompt_tokens, config->vocab_size);
  context.clock.Begin("engine");
  if (const auto own = context.model.OwnFirstToken(prompt, context.threads)) {
    if (!*own) return Fail(own->error());
    context.seen.digests["first_token"] = std::to_string(**own);
    return {};
  }
  context.clock.Begin("bind");
  auto decoder = Decoder::Create(context.model, *config, context.threads);
  if (!decoder) return Fail(decoder.error());
  context.clock.Begin("prefill");
  const Result<std::vector<float>> logits = (*decoder)->Prefill(prompt);
  if (!logits) return Fail(logits.error());
  context.clock.Begin("argmax");
  const std::uint32_t token = ArgMax(*logits);
  context.clock.Pause();
  context.seen.digests["first_token"] = std::to_string(token);
  context.seen.digests["logits"] = LogitsDigest(*logits);
  context.clock.Resume();
  return {};
}

Result<void> Digest(WorkloadContext& context) {
  context.clock.Begin("digest");
  const auto digests = loaders::DigestPayload(context.model, context.path);
  if (!digests) return Fail(digests.error());
  context.seen.digests["payload"] = digests->payload;
  return {};
}

struct Entry {
  std::string_view name;
  Result<void> (*run)(WorkloadContext&);
};
constexpr std::array kWorkloads = {Entry{"open", &Open}, Entry{"touch", &Touch},
                                   Entry{"to_f32", &ToF32}, Entry{"first_token", &FirstToken},
                                   Entry{"digest", &Digest}};

}  // namespace

Result<void> RunWorkload(WorkloadContext& context) {
  for (const Entry& entry : kWorkloads) {
    if (entry.name == context.spec.kind) return entry.run(context);
  }
  return Fail({.code = "WORKER_SPEC",
               .where = "workload",
               .what = fmt::format("there is no workload \"{}\"", context.spec.kind),
               .hint = {}});
}

}  // namespace falsify::harness
