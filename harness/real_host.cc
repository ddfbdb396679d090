#include "harness/real_host.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <sys/stat.h>
#include <thread>

#include "fmt/format.h"
#include "harness/meters/clock.h"
#include "harness/meters/guest_memory.h"
#include "harness/meters/page_cache.h"

namespace falsify::harness {
namespace {

constexpr double kPrimeTimeoutSeconds = 120;

// A kernel that reclaims idle pages takes a handful at any time; a thousandth of a file, or
// 64 KiB of a small one, that has to be fetched again costs a trial less than any probe can see.
constexpr double kForgivableShare = 0.001;
constexpr double kForgivablePages = 16;
// The rest is for the page cache and for loaders that need no priming.
constexpr double kMostKeptShare = 0.75;

std::optional<ProbeKind> KindOf(std::string_view name) {
  for (const ProbeKind kind : {ProbeKind::kDevice, ProbeKind::kPageCacheCopy,
                               ProbeKind::kMemoryRead, ProbeKind::kAnonymousTouch}) {
    if (Name(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace

RealHost::RealHost(TrialRunner& runner) : runner_(runner), started_(MonotonicSeconds()) {}

double RealHost::Now() { return MonotonicSeconds() - started_; }

void RealHost::Sleep(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

Result<void> RealHost::MakeCache(const std::string& path, Cache cache) {
  const Result<CacheState> state = cache == Cache::kCold ? MakeCold(path) : MakeWarm(path);
  if (!state) return Fail(state.error());
  return {};
}

std::string RealHost::CheckStillWarm(const std::string& path) {
  const Result<CacheState> state = QueryCache(path);
  if (!state) return state.error().Line();
  const auto lost = static_cast<double>(state->pages - state->cached_pages);
  const double forgivable =
      std::max(kForgivablePages, kForgivableShare * static_cast<double>(state->pages));
  if (lost < static_cast<double>(state->pages) && lost <= forgivable) return {};
  return fmt::format("warm state lost during the trial: {} of {} pages are still cached",
                     state->cached_pages, state->pages);
}

Result<void> RealHost::Prime(std::uint64_t bytes) {
  const std::uint64_t held = keeper_.held_bytes();
  const bool enough = held >= bytes;
  if (Result<void> freed = keeper_.Hold(enough ? held - bytes : 0); freed && enough) return {};
  TrialSpec spec;
  spec.job = Job::kPrime;
  spec.nonce = "prime";
  spec.prime_bytes = bytes;
  spec.timeout_seconds = kPrimeTimeoutSeconds;
  const Result<Observation> primed = runner_.Run(spec);
  if (!primed) return Fail(primed.error());
  if (primed->outcome == Outcome::kOk) return {};
  if (primed->error) return Fail(*primed->error);
  return Fail({.code = "METER_MEMORY", .where = "priming", .what = primed->cause, .hint = {}});
}

void RealHost::Keep(std::uint64_t bytes) {
  const double ours_to_take = static_cast<double>(AvailableMemoryBytes());
  const auto most = static_cast<std::uint64_t>(kMostKeptShare * ours_to_take);
  const std::uint64_t wanted = std::max(bytes, keeper_.held_bytes());
  // A keeper that cannot hold it costs the next trial its head start, and that is primed as ever.
  static_cast<void>(keeper_.Hold(std::min(wanted, most)).has_value());
}

void RealHost::ProbeOn(const std::string& model_path) {
  probe_path_ = model_path;
  probes_.reset();
}

std::optional<double> RealHost::Probe(std::string_view name) {
  const std::optional<ProbeKind> kind = KindOf(name);
  if (!kind) return std::nullopt;
  if (!probes_) {
    const std::string folder = std::filesystem::path(probe_path_).parent_path().string();
    Result<HostProbes> prepared = HostProbes::Prepare(
        {.scratch_directory = folder.empty() ? "/tmp" : folder, .model_path = probe_path_});
    if (!prepared) {
      probe_problems_[std::string(name)] = prepared.error().Line();
      return std::nullopt;
    }
    probes_.emplace(std::move(*prepared));
  }
  const Result<double> seconds = probes_->Run(*kind);
  if (seconds) return *seconds;
  probe_problems_[std::string(name)] = seconds.error().Line();
  return std::nullopt;
}

Result<std::string> RealHost::FileIdentity(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return Fail(SystemError("IO_OPEN", path, "stat", errno));
  return fmt::format("{}:{} {} B, modified {}.{:09}, changed {}.{:09}", facts.st_dev, facts.st_ino,
                     facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec,
                     facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec);
}

std::uint64_t RealHost::AvailableMemoryBytes() {
  return harness::AvailableMemoryBytes().value_or(0) + keeper_.held_bytes();
}

}  // namespace falsify::harness
