#include "harness/trial/spec.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "harness/trial/field_reader.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 5> kJobs = {"trial", "inspect", "prove", "verify", "prime"};
constexpr std::array<std::string_view, 2> kCaches = {"warm", "cold"};
constexpr double kLongestTimeout = 30.0 * 86400;
constexpr double kShortestTimeout = 1e-3;
constexpr unsigned kMostThreads = 4096;

Json TextsToJson(const std::map<std::string, std::string>& texts) {
  Json out = Json::object();
  for (const auto& [name, text] : texts) out[ValidUtf8(name)] = ValidUtf8(text);
  return out;
}

}  // namespace

Json ToJson(const TrialSpec& spec) {
  return {
      {"number", spec.number},
      {"nonce", ValidUtf8(spec.nonce)},
      {"job", kJobs[static_cast<std::size_t>(spec.job)]},
      {"model_path", ValidUtf8(spec.model_path)},
      {"loader",
       {{"name", ValidUtf8(spec.loader.name)}, {"options", TextsToJson(spec.loader.options)}}},
      {"workload",
       {{"kind", ValidUtf8(spec.workload.kind)}, {"prompt_tokens", spec.workload.prompt_tokens}}},
      {"cache", kCaches[static_cast<std::size_t>(spec.cache)]},
      {"threads", spec.threads},
      {"prime_bytes", spec.prime_bytes},
      {"timeout_seconds", spec.timeout_seconds},
      {"memory_limit_bytes", spec.memory_limit_bytes},
  };
}

Result<TrialSpec> TrialSpecFromJson(const Json& json) {
  TrialSpec spec;
  std::optional<Error> error;
  FieldReader in(json, "WORKER_SPEC", {}, &error);
  in.Integer("number", &spec.number);
  in.Text("nonce", &spec.nonce);
  in.Choice("job", kJobs, &spec.job);
  in.Text("model_path", &spec.model_path);
  in.Object("loader", [&](FieldReader& loader) {
    loader.Text("name", &spec.loader.name);
    loader.Texts("options", &spec.loader.options);
  });
  in.Object("workload", [&](FieldReader& workload) {
    workload.Text("kind", &spec.workload.kind);
    workload.Integer("prompt_tokens", &spec.workload.prompt_tokens);
  });
  in.Choice("cache", kCaches, &spec.cache);
  in.Integer("threads", &spec.threads, 1U, kMostThreads);
  in.Integer("prime_bytes", &spec.prime_bytes);
  in.Number("timeout_seconds", &spec.timeout_seconds,
            {.low = kShortestTimeout, .high = kLongestTimeout});
  in.Integer("memory_limit_bytes", &spec.memory_limit_bytes);
  if (error) return Fail(*std::move(error));
  return spec;
}

}  // namespace falsify::harness
