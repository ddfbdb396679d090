#include "harness/trial_step.h"

#include <optional>
#include <utility>

#include "criteria/leak.h"
#include "fmt/format.h"
#include "harness/study/sha256.h"

namespace falsify::harness {
namespace {

/// For a quarter of a second per gigabyte that was freed, a third of the memory bandwidth goes into
/// that: the probe after the trial would blame the host for it.
constexpr double kSettleSecondsPerByte = 0.25e-9;

/// A cold trial that read every payload byte must have got nearly all of them from the device.
constexpr double kColdShare = 0.98;
constexpr std::size_t kShownPrompt = 40;

bool ReadsWholePayload(const WorkloadSpec& workload) {
  return workload.kind == "touch" || workload.kind == "to_f32" || workload.kind == "first_token" ||
         workload.kind == "generate" || workload.kind == "digest";
}

/// What the loader is expected to hold, and what it is made to hold beside it.
std::uint64_t AnonymousBytes(const TrialKey& key, const TrialTarget& target) {
  const bool ballast = key.sabotage.kind == Sabotage::Kind::kBallast;
  return target.expected_anonymous_bytes +
         (ballast ? static_cast<std::uint64_t>(key.sabotage.amount) : 0);
}

/// What a soak's series come to.
void AddGrowth(Observation& seen) {
  const struct {
    const char* series;
    const char* measure;
  } grown[] = {{"rss", "rss_growth_per_cycle"}, {"descriptors", "descriptor_growth_per_cycle"}};
  for (const auto& one : grown) {
    const auto held = seen.series.find(one.series);
    if (held == seen.series.end()) continue;
    const std::optional<double> growth = criteria::GrowthPerCycle(held->second);
    if (growth) seen.measures[one.measure] = *growth;
  }
}

std::string LostColdState(const TrialRecord& trial, const TrialTarget& target,
                          const WorkloadSpec& workload) {
  const auto storage = trial.observation.measures.find("storage_bytes");
  if (trial.observation.outcome != Outcome::kOk || !ReadsWholePayload(workload)) return {};
  if (storage == trial.observation.measures.end()) return "storage_bytes was not measured";
  const double payload = static_cast<double>(target.payload_bytes);
  if (storage->second >= kColdShare * payload) return {};
  return fmt::format(
      "cold state lost during the trial: {:.0f} of {:.0f} payload bytes came from "
      "storage",
      storage->second, payload);
}

/// What a timeout says of the one measure whose clock runs from open(2) to the workload's end. Any
/// other may have ended long before.
void NameTheBound(const WorkloadSpec& workload, Observation& seen) {
  const auto elapsed = seen.at_least.find("elapsed");
  if (seen.outcome != Outcome::kTimeout || elapsed == seen.at_least.end()) return;
  const double seconds = elapsed->second;
  if (workload.kind == "first_token") seen.at_least["ttft"] = seconds;
  if (workload.kind == "touch") seen.at_least["ready_time"] = seconds;
  if (workload.kind == "open") seen.at_least["load_time"] = seconds;
  if (workload.kind == "open") seen.at_least["startup_time"] = seconds;
}

/// Long texts by their beginning and a hash: two prompts are two workloads.
std::string PromptText(const WorkloadSpec& workload) {
  if (workload.prompt.empty()) return fmt::format("prompt_tokens={}", workload.prompt_tokens);
  const std::string chat = workload.chat.empty() ? "" : ", chat=" + workload.chat;
  if (workload.prompt.size() <= kShownPrompt) {
    return fmt::format("prompt=\"{}\"{}", workload.prompt, chat);
  }
  std::size_t end = kShownPrompt;  // not within a character
  while (end > 0 && (static_cast<unsigned char>(workload.prompt[end]) & 0xC0) == 0x80) --end;
  return fmt::format("prompt=\"{}..\" of {} B, {}{}", workload.prompt.substr(0, end),
                     workload.prompt.size(), Sha256Hex(workload.prompt).substr(0, 8), chat);
}

}  // namespace

std::string Describe(const WorkloadSpec& workload, Mode mode) {
  if (mode == Mode::kSteady) return Describe(workload) + ", steady";
  if (workload.kind == "soak") return fmt::format("soak(cycles={})", workload.cycles);
  if (workload.kind == "concurrent") {
    return workload.processes > 0 ? fmt::format("concurrent(processes={})", workload.processes)
                                  : fmt::format("concurrent(threads={})", workload.threads_at_once);
  }
  if (workload.kind == "generate") {
    return fmt::format("generate({}, max_tokens={})", PromptText(workload), workload.max_tokens);
  }
  if (workload.kind != "first_token" && workload.kind != "weights_used") return workload.kind;
  return fmt::format("{}({})", workload.kind, PromptText(workload));
}

TrialStep::TrialStep(Steps& steps, Host& host, TrialRunner& runner, std::uint64_t seed)
    : steps_(steps), host_(host), runner_(runner), seed_(seed) {}

Result<TrialRecord> TrialStep::Run(const TrialKey& key, const TrialTarget& target,
                                   const std::string& role, int block) {
  TrialRecord trial;
  trial.number = next_number_++;
  trial.subject = key.subject;
  trial.size = target.size;
  trial.mode = Name(key.mode);
  trial.sabotage = Describe(key.sabotage);
  trial.workload = Describe(key.workload, key.mode);
  trial.cache = Name(key.cache);
  trial.block = block;
  trial.role = role;
  const nlohmann::json identity = {{"n", trial.number},
                                   {"subject", trial.subject},
                                   {"workload", trial.workload},
                                   {"cache", trial.cache},
                                   {"role", role},
                                   {"sabotage", trial.sabotage},
                                   {"block", block}};
  Result<nlohmann::json> result =
      steps_.Do("trial", identity, [&] { return RunLive(trial, key, target); });
  if (!result) return Fail(result.error());
  return TrialRecordFromJson(*std::move(result));
}

Result<void> TrialStep::MakeCache(const TrialTarget& target, Cache cache) {
  for (const std::string& file : target.files) {
    if (Result<void> made = host_.MakeCache(file, cache); !made) return made;
  }
  return {};
}

Result<std::string> TrialStep::Identity(const TrialTarget& target) {
  std::string all;
  for (const std::string& file : target.files) {
    const Result<std::string> one = host_.FileIdentity(file);
    if (!one) return one;
    all += *one + "\n";
  }
  return all;
}

std::string TrialStep::LostWarmState(const TrialTarget& target) {
  for (const std::string& file : target.files) {
    std::string problem = host_.CheckStillWarm(file);
    if (!problem.empty()) return problem;
  }
  return {};
}

void TrialStep::Prepare(TrialRecord& trial, const TrialKey& key, const TrialTarget& target) {
  const double started = host_.Now();
  // Reading the file first makes the guest own the pages that the page cache will need again.
  Result<void> cached = MakeCache(target, Cache::kWarm);
  const double primed_from = host_.Now();
  const std::uint64_t anonymous = AnonymousBytes(key, target);
  if (anonymous > kPrimeAboveBytes) {
    trial.primed = host_.Prime(anonymous).has_value();
    trial.prime_seconds = host_.Now() - primed_from;
  }
  if (cached) cached = MakeCache(target, key.cache);
  if (!cached) trial.cache_problem = cached.error().Line();
  trial.prepare_seconds = host_.Now() - started - trial.prime_seconds;
}

void TrialStep::Keep(TrialRecord& trial, const TrialKey& key, const TrialTarget& target) {
  const std::uint64_t anonymous = AnonymousBytes(key, target);
  if (anonymous <= kPrimeAboveBytes) return;
  const double started = host_.Now();
  host_.Keep(anonymous);
  host_.Sleep(kSettleSecondsPerByte * static_cast<double>(anonymous));
  trial.prime_seconds += host_.Now() - started;
}

Result<nlohmann::json> TrialStep::RunLive(TrialRecord trial, const TrialKey& key,
                                          const TrialTarget& target) {
  trial.started_seconds = steps_.LiveNow();
  const Result<std::string> before = Identity(target);
  Prepare(trial, key, target);

  TrialSpec spec;
  spec.number = trial.number;
  spec.nonce = fmt::format("{:016x}-{}", seed_, trial.number);
  spec.model_path = target.model_path;
  spec.loader = target.loader;
  spec.workload = key.workload;
  spec.cache = key.cache;
  spec.threads = key.threads;
  spec.mode = key.mode;
  spec.sabotage = key.sabotage;
  spec.timeline = trial.role == "block" && trial.block == 1;
  spec.variation = static_cast<std::uint64_t>(trial.block);
  spec.malformed = target.malformed;
  spec.timeout_seconds = key.timeout_seconds;
  spec.memory_limit_bytes = target.memory_limit_bytes;
  Result<Observation> observation = runner_.Run(spec);
  if (!observation) return Fail(observation.error());
  trial.observation = std::move(*observation);
  NameTheBound(key.workload, trial.observation);
  AddGrowth(trial.observation);
  Keep(trial, key, target);

  if (trial.cache_problem.empty() && key.cache == Cache::kWarm) {
    trial.cache_problem = LostWarmState(target);
  } else if (trial.cache_problem.empty() && !target.files.empty()) {
    trial.cache_problem = LostColdState(trial, target, key.workload);
  }
  const Result<std::string> after = Identity(target);
  if (before.has_value() != after.has_value() || (before && *before != *after)) {
    trial.cache_problem = "the model file changed during the trial";
  } else if (before && *before != identities_.emplace(target.model_path, *before).first->second) {
    trial.cache_problem = "the model file changed since an earlier trial";
  }
  return ToJson(trial);
}

}  // namespace falsify::harness
