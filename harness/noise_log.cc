#include "harness/noise_log.h"

#include "criteria/host_noise.h"

namespace falsify::harness {
namespace {

constexpr int kFirstProbes = 8;
constexpr int kMostWaits = 30;
constexpr double kWaitSeconds = 1.0;

}  // namespace

std::vector<std::string_view> ProbeKinds(Cache cache) {
  if (cache == Cache::kCold) return {"device", "memory_read"};
  return {"page_cache_copy", "memory_read", "anonymous_touch"};
}

NoiseLog::NoiseLog(Steps& steps, Host& host) : steps_(steps), host_(host) {}

Result<void> NoiseLog::TakeOne(std::string_view kind, std::vector<std::size_t>& into) {
  const std::string name(kind);
  if (refused_[name]) return {};
  Result<nlohmann::json> result =
      steps_.Do("probe", {{"kind", name}, {"n", probes_.size()}}, [&]() -> Result<nlohmann::json> {
        const std::optional<double> seconds = host_.Probe(kind);
        return seconds ? nlohmann::json(*seconds) : nlohmann::json(nullptr);
      });
  if (!result) return Fail(result.error());
  if (!result->is_number()) {
    refused_[name] = true;
    return {};
  }
  const double seconds = result->get<double>();
  into.push_back(probes_.size());
  fresh_[name] = probes_.size();
  probes_.push_back({.kind = name, .at_seconds = steps_.now(), .value = seconds});
  values_[name].push_back(seconds);
  return {};
}

Result<void> NoiseLog::Begin(const std::vector<std::string_view>& kinds) {
  for (int i = 0; i < kFirstProbes; ++i) {
    for (const std::string_view kind : kinds) {
      std::vector<std::size_t> ignored;
      if (Result<void> taken = TakeOne(kind, ignored); !taken) return taken;
    }
  }
  return {};
}

Result<std::vector<std::size_t>> NoiseLog::Take(const std::vector<std::string_view>& kinds) {
  std::vector<std::size_t> set;
  for (const std::string_view kind : kinds) {
    if (const auto found = fresh_.find(kind); found != fresh_.end()) {
      set.push_back(found->second);
    } else if (Result<void> taken = TakeOne(kind, set); !taken) {
      return Fail(taken.error());
    }
  }
  return set;
}

Result<std::vector<std::size_t>> NoiseLog::TakeWhenQuiet(
    const std::vector<std::string_view>& kinds) {
  Result<std::vector<std::size_t>> set = Take(kinds);
  for (int waits = 0; set && waits < kMostWaits && Slowdown(*set) > criteria::kDisturbed; ++waits) {
    if (!steps_.replaying()) host_.Sleep(kWaitSeconds);
    waited_seconds_ += kWaitSeconds;
    fresh_.clear();
    set = Take(kinds);
  }
  return set;
}

double NoiseLog::Slowdown(const std::vector<std::size_t>& probes) const {
  std::vector<criteria::Probe> against;
  for (const std::size_t index : probes) {
    const ProbeRecord& probe = probes_[index];
    const std::optional<double> reference =
        criteria::ReferenceProbe(values_.find(probe.kind)->second);
    against.push_back({.taken = probe.value, .reference = *reference});
  }
  return criteria::SlowDown(against).value_or(1.0);
}

double NoiseLog::SpanSeconds() const {
  return probes_.empty() ? 0.0 : probes_.back().at_seconds - probes_.front().at_seconds;
}

}  // namespace falsify::harness
