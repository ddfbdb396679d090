#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fixtures/generate.h"
#include "fmt/format.h"
#include "harness/cli/commands.h"
#include "harness/cli/models.h"
#include "harness/fitness.h"
#include "harness/meters/host_limits.h"
#include "harness/self_check.h"
#include "harness/trial/process_runner.h"
#include "nlohmann/json.hpp"
#include "reports/text/quantity.h"

namespace falsify::cli {
namespace {

constexpr int kExitUnfit = 3;
constexpr int kTrials = 15;
constexpr std::uint64_t kModelBytes = std::uint64_t{64} << 20;
constexpr double kMostDelayBias = 0.03;
constexpr double kMostBallastBias = 0.01;

struct Options {
  std::string cache_directory;
  bool json = false;
};

struct Examined {
  std::vector<harness::Fitness> fitness;
  std::vector<harness::HostLimit> limits;
  harness::SelfCheck self;

  bool measures_well() const {
    return std::abs(self.delay_bias()) <= kMostDelayBias &&
           std::abs(self.ballast_bias()) <= kMostBallastBias;
  }
  bool fit() const {
    const auto unfit = [](const harness::Fitness& one) {
      return one.state == harness::Fitness::State::kUnfit;
    };
    return measures_well() && std::none_of(fitness.begin(), fitness.end(), unfit);
  }
};

Result<Examined> Examine(const Options& options) {
  fixtures::GenerateRequest request;
  request.shape = "payload";
  request.payload_bytes = kModelBytes;
  request.seed = 1;
  const auto model = fixtures::GenerateCached(request, CacheDirectory(options.cache_directory), {});
  if (!model) return Fail(model.error());
  const std::string path = std::filesystem::absolute(model->path).string();
  Examined examined;
  examined.fitness = harness::CheckFitness(path);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  examined.limits =
      harness::MeasureHostLimits({.threads = std::max(1U, std::thread::hardware_concurrency()),
                                  .scratch_directory = folder,
                                  .model_path = path});
  const auto runner = harness::ProcessRunner::Open({});
  if (!runner) return Fail(runner.error());
  const Result<harness::SelfCheck> self = harness::CheckSelf(**runner, path, kTrials);
  if (!self) return Fail(self.error());
  examined.self = *self;
  return examined;
}

void PrintSelf(const Examined& examined) {
  const harness::SelfCheck& self = examined.self;
  fmt::print("\nhow well it measures itself, over {} trials of each kind\n", self.trials);
  fmt::print("  {:<24} {} put in, {} seen: {:+.1f} % (at most {:.0f} %)\n", "delay",
             reports::Quantity(self.delay_seconds, "s"),
             reports::Quantity(self.delay_seen_seconds, "s"), self.delay_bias() * 100,
             kMostDelayBias * 100);
  fmt::print("  {:<24} {} put in, {} seen: {:+.2f} % (at most {:.0f} %)\n", "memory",
             reports::Quantity(self.ballast_bytes, "B"),
             reports::Quantity(self.ballast_seen_bytes, "B"), self.ballast_bias() * 100,
             kMostBallastBias * 100);
  fmt::print("  {:<24} {}: no claim below that can be tested here\n", "noise floor of a time",
             reports::Quantity(self.noise_floor_seconds, "s"));
}

void Print(const Examined& examined) {
  fmt::print("this host\n");
  for (const harness::Fitness& one : examined.fitness) {
    fmt::print("  {:<24} {:<8} {}\n", one.name, Name(one.state), Printable(one.found));
  }
  fmt::print("\nits limits\n");
  for (const harness::HostLimit& limit : examined.limits) {
    fmt::print("  {:<24} {:<12} {}\n", limit.name,
               limit.value ? reports::Quantity(*limit.value, limit.unit) : "-",
               limit.value ? limit.definition : Printable(limit.absent_because));
  }
  PrintSelf(examined);
  fmt::print("\n{}\n", examined.fit() ? "fit to measure on"
                                      : "not fit: see what is missing, or how far off it measures");
}

nlohmann::json JsonOf(const Examined& examined) {
  nlohmann::json json = {{"fit", examined.fit()}};
  for (const harness::Fitness& one : examined.fitness) {
    json["host"][one.name] = {{"state", Name(one.state)}, {"found", Printable(one.found)}};
  }
  for (const harness::HostLimit& limit : examined.limits) {
    json["limits"][limit.name] = {
        {"value", limit.value ? nlohmann::json(*limit.value) : nlohmann::json(nullptr)},
        {"unit", limit.unit},
        {"definition", limit.definition}};
  }
  const harness::SelfCheck& self = examined.self;
  json["self"] = {{"trials", self.trials},
                  {"delay", self.delay_seconds},
                  {"delay_seen", self.delay_seen_seconds},
                  {"ballast", self.ballast_bytes},
                  {"ballast_seen", self.ballast_seen_bytes},
                  {"noise_floor", self.noise_floor_seconds}};
  return json;
}

int Doctor(const Options& options) {
  const Result<Examined> examined = Examine(options);
  if (!examined) return Report(examined.error());
  if (options.json) {
    fmt::print("{}\n", JsonOf(*examined).dump(2));
  } else {
    Print(*examined);
  }
  return examined->fit() ? kExitPass : kExitUnfit;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "doctor", "Is this host fit to measure on, and how well does falsify measure itself?");
  command->add_option("--cache-dir", options->cache_directory, "Where its small model is kept");
  command->add_flag("--json", options->json, "Machine-readable");
  command->callback([options, &exit_code] { exit_code = Doctor(*options); });
}

}  // namespace falsify::cli
