#include "harness/trial/spec.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "fmt/format.h"
#include "harness/trial/field_reader.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 6> kJobs = {"trial",  "inspect", "prove",
                                                   "verify", "prime",   "check_plugin"};
constexpr std::array<std::string_view, 2> kCaches = {"warm", "cold"};
constexpr std::array<std::string_view, 2> kModes = {"one_shot", "steady"};
constexpr std::array<std::string_view, 17> kSabotages = {
    "none",      "delay",         "delay_work",  "spin",     "ballast", "file_ballast",
    "reads",     "storage_reads", "faults",      "prefault", "leak",    "leak_descriptors",
    "flip_byte", "negate_output", "keep_output", "misalign", "accept"};
constexpr double kLongestTimeout = 30.0 * 86400;
constexpr double kShortestTimeout = 1e-3;
constexpr unsigned kMostThreads = 4096;
constexpr double kMostSabotage = 0x1p60;

Json ListToJson(const std::vector<std::string>& texts) {
  Json out = Json::array();
  for (const std::string& text : texts) out.push_back(ValidUtf8(text));
  return out;
}

Json TextsToJson(const std::map<std::string, std::string>& texts) {
  Json out = Json::object();
  for (const auto& [name, text] : texts) out[ValidUtf8(name)] = ValidUtf8(text);
  return out;
}

}  // namespace

std::string Describe(const Sabotage& sabotage) {
  const double amount = sabotage.amount;
  switch (sabotage.kind) {
    case Sabotage::Kind::kNone:
      return {};
    case Sabotage::Kind::kDelay:
    case Sabotage::Kind::kDelayWork:
      return fmt::format("a delay of {:.4g} s", amount);
    case Sabotage::Kind::kSpin:
      return fmt::format("{:.4g} s of a busy CPU", amount);
    case Sabotage::Kind::kBallast:
      return fmt::format("{:.4g} MB of touched memory", amount / 1e6);
    case Sabotage::Kind::kFileBallast:
      return fmt::format("{:.4g} MB of the file mapped and touched once more", amount / 1e6);
    case Sabotage::Kind::kReads:
      return fmt::format("{:.4g} MB read once more", amount / 1e6);
    case Sabotage::Kind::kStorageReads:
      return fmt::format("{:.4g} MB read once more from the device", amount / 1e6);
    case Sabotage::Kind::kFaults:
      return fmt::format("{:.0f} more page faults", amount);
    case Sabotage::Kind::kPrefault:
      return fmt::format("{:.4g} MB of the payload touched early", amount / 1e6);
    case Sabotage::Kind::kLeak:
      return fmt::format("{:.4g} kB kept after each cycle", amount / 1e3);
    case Sabotage::Kind::kLeakDescriptors:
      return fmt::format("{:.0f} descriptors kept after each cycle", amount);
    case Sabotage::Kind::kFlipByte:
      return "one flipped byte";
    case Sabotage::Kind::kNegateOutput:
      return "a negated last norm";
    case Sabotage::Kind::kKeepOutput:
      return "weights that do not change when disturbed";
    case Sabotage::Kind::kMisalign:
      return "one tensor at an odd address";
    case Sabotage::Kind::kAccept:
      return "a malformed file taken for a good one";
  }
  return {};
}

Json ToJson(const TrialSpec& spec) {
  return {
      {"number", spec.number},
      {"nonce", ValidUtf8(spec.nonce)},
      {"job", kJobs[static_cast<std::size_t>(spec.job)]},
      {"model_path", ValidUtf8(spec.model_path)},
      {"loader",
       {{"name", ValidUtf8(spec.loader.name)},
        {"options", TextsToJson(spec.loader.options)},
        {"program", ListToJson(spec.loader.program)}}},
      {"workload",
       {{"kind", ValidUtf8(spec.workload.kind)},
        {"prompt_tokens", spec.workload.prompt_tokens},
        {"prompt", ValidUtf8(spec.workload.prompt)},
        {"chat", ValidUtf8(spec.workload.chat)},
        {"max_tokens", spec.workload.max_tokens},
        {"cycles", spec.workload.cycles},
        {"processes", spec.workload.processes},
        {"threads_at_once", spec.workload.threads_at_once}}},
      {"cache", kCaches[static_cast<std::size_t>(spec.cache)]},
      {"threads", spec.threads},
      {"mode", kModes[static_cast<std::size_t>(spec.mode)]},
      {"sabotage",
       {{"kind", kSabotages[static_cast<std::size_t>(spec.sabotage.kind)]},
        {"amount", spec.sabotage.amount}}},
      {"timeline", spec.timeline},
      {"variation", spec.variation},
      {"malformed", ListToJson(spec.malformed)},
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
    loader.Texts("program", &spec.loader.program);
  });
  in.Object("workload", [&](FieldReader& workload) {
    workload.Text("kind", &spec.workload.kind);
    workload.Integer("prompt_tokens", &spec.workload.prompt_tokens);
    workload.Text("prompt", &spec.workload.prompt);
    workload.Text("chat", &spec.workload.chat);
    workload.Integer("max_tokens", &spec.workload.max_tokens);
    workload.Integer("cycles", &spec.workload.cycles);
    workload.Integer("processes", &spec.workload.processes);
    workload.Integer("threads_at_once", &spec.workload.threads_at_once);
  });
  in.Choice("cache", kCaches, &spec.cache);
  in.Integer("threads", &spec.threads, 1U, kMostThreads);
  in.Choice("mode", kModes, &spec.mode);
  in.Object("sabotage", [&](FieldReader& sabotage) {
    sabotage.Choice("kind", kSabotages, &spec.sabotage.kind);
    sabotage.Number("amount", &spec.sabotage.amount, {.low = 0, .high = kMostSabotage});
  });
  in.Flag("timeline", &spec.timeline);
  in.Integer("variation", &spec.variation);
  in.Texts("malformed", &spec.malformed);
  in.Integer("prime_bytes", &spec.prime_bytes);
  in.Number("timeout_seconds", &spec.timeout_seconds,
            {.low = kShortestTimeout, .high = kLongestTimeout});
  in.Integer("memory_limit_bytes", &spec.memory_limit_bytes);
  if (error) return Fail(*std::move(error));
  return spec;
}

}  // namespace falsify::harness
