#include "harness/workloads/workload.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/decoder/decoder.h"
#include "harness/workloads/prompt.h"
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

/// What the model is, and a prompt for it. Phase "config"; where the prompt is a text "tokenizer",
/// in which the model's is read, and "tokenize".
struct Asked {
  loaders::ModelConfig config;
  std::vector<std::uint32_t> prompt;
};

Result<Asked> Ask(WorkloadContext& context) {
  context.clock.Begin("config");
  Result<loaders::ModelConfig> config = context.model.Config();
  if (!config) return Fail(std::move(config.error()));
  const bool is_text = !context.spec.prompt.empty();
  if (is_text) context.clock.Begin("tokenizer");
  const Result<Prompt> prompt = Prompt::Prepare(context.model, context.spec);
  if (!prompt) return Fail(prompt.error());
  if (is_text) context.clock.Begin("tokenize");
  Result<std::vector<std::uint32_t>> tokens = prompt->Tokens(*config);
  if (!tokens) return Fail(std::move(tokens.error()));
  return Asked{std::move(*config), std::move(*tokens)};
}

Result<std::unique_ptr<Decoder>> Bind(WorkloadContext& context, const Asked& asked) {
  context.clock.Begin("bind");
  return Decoder::Create(context.model, asked.config, context.threads);
}

Result<void> FirstToken(WorkloadContext& context) {
  const Result<Asked> asked = Ask(context);
  if (!asked) return Fail(asked.error());
  context.clock.Begin("engine");
  if (const auto own = context.model.OwnFirstToken(asked->prompt, context.threads)) {
    if (!*own) return Fail(own->error());
    context.seen.digests["first_token"] = std::to_string(**own);
    return {};
  }
  const auto decoder = Bind(context, *asked);
  if (!decoder) return Fail(decoder.error());
  context.clock.Begin("prefill");
  const Result<std::vector<float>> logits = (*decoder)->Prefill(asked->prompt);
  if (!logits) return Fail(logits.error());
  context.clock.Begin("argmax");
  const std::uint32_t token = ArgMax(*logits);
  context.clock.Pause();
  context.seen.digests["first_token"] = std::to_string(token);
  context.seen.digests["logits"] = LogitsDigest(*logits);
  context.clock.Resume();
  return {};
}

Result<void> Generate(WorkloadContext& context) {
  const unsigned most = context.spec.max_tokens;
  const Result<Asked> asked = Ask(context);
  if (!asked) return Fail(asked.error());
  const auto decoder = Bind(context, *asked);
  if (!decoder) return Fail(decoder.error());
  context.clock.Begin("prefill");
  Result<std::vector<float>> logits = (*decoder)->Start(asked->prompt, asked->prompt.size() + most);
  if (!logits) return Fail(std::move(logits.error()));
  std::uint32_t token = ArgMax(*logits);
  context.seen.digests["first_token"] = std::to_string(token);
  context.seen.measures["ttft"] = context.clock.total_seconds();
  context.clock.Begin("decode");
  std::string tokens = std::to_string(token);
  for (unsigned chosen = 1; chosen < most; ++chosen) {
    logits = (*decoder)->Next(token);
    if (!logits) return Fail(std::move(logits.error()));
    token = ArgMax(*logits);
    tokens += fmt::format(" {}", token);
  }
  context.seen.digests["tokens"] = tokens;
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
constexpr std::array kWorkloads = {Entry{"open", &Open},         Entry{"touch", &Touch},
                                   Entry{"to_f32", &ToF32},      Entry{"first_token", &FirstToken},
                                   Entry{"generate", &Generate}, Entry{"digest", &Digest}};

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
