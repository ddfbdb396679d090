#include "harness/self_check.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "criteria/median_interval.h"
#include "fmt/format.h"

namespace falsify::harness {
namespace {

constexpr double kDelaySeconds = 0.001;
constexpr double kBallastBytes = 256.0 * 1024 * 1024;
constexpr int kBallastTrials = 3;
constexpr double kTimeoutSeconds = 30;

class Checker {
 public:
  Checker(TrialRunner& runner, const std::string& model_path)
      : runner_(runner), model_path_(model_path) {}

  /// One measure of one trial. After an error: 0, and the error is kept.
  double Measure(const char* loader, const Sabotage& sabotage, const char* measure) {
    if (error_) return 0;
    TrialSpec spec;
    spec.number = ++number_;
    spec.nonce = fmt::format("self-{}", number_);
    spec.model_path = model_path_;
    spec.loader = {loader, {}};
    spec.sabotage = sabotage;
    spec.timeout_seconds = kTimeoutSeconds;
    const Result<Observation> seen = runner_.Run(spec);
    if (!seen) {
      error_ = seen.error();
      return 0;
    }
    const auto found = seen->measures.find(measure);
    if (seen->outcome == Outcome::kOk && found != seen->measures.end()) return found->second;
    error_ = Error{.code = "SELF_CHECK",
                   .where = model_path_,
                   .what = fmt::format("a trial of the harness itself was {}: {}",
                                       Name(seen->outcome), seen->cause),
                   .hint = {}};
    return 0;
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  TrialRunner& runner_;
  const std::string& model_path_;
  std::uint64_t number_ = 0;
  std::optional<Error> error_;
};

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return criteria::MedianOf(values);
}

double Floor(Checker& checker, int trials) {
  double longest = 0;
  for (int i = 0; i < trials; ++i) {
    longest = std::max(longest, checker.Measure("null", {}, "load_time"));
  }
  return longest;
}

}  // namespace

Result<double> NoiseFloorSeconds(TrialRunner& runner, const std::string& model_path, int trials) {
  Checker checker(runner, model_path);
  const double floor = Floor(checker, trials);
  if (checker.error()) return Fail(*checker.error());
  return floor;
}

Result<SelfCheck> CheckSelf(TrialRunner& runner, const std::string& model_path, int trials) {
  Checker checker(runner, model_path);
  SelfCheck check;
  check.trials = trials;
  check.delay_seconds = kDelaySeconds;
  check.ballast_bytes = kBallastBytes;
  // A busy delay, since a sleeping one overshoots by what the kernel's timer allows itself.
  const Sabotage delay = {Sabotage::Kind::kSpin, kDelaySeconds};
  const Sabotage ballast = {Sabotage::Kind::kBallast, kBallastBytes};
  checker.Measure("mmap", {}, "load_time");
  std::vector<double> without;
  std::vector<double> with;
  for (int i = 0; i < trials; ++i) {
    without.push_back(checker.Measure("mmap", {}, "load_time"));
    with.push_back(checker.Measure("mmap", delay, "load_time"));
  }
  std::vector<double> light;
  std::vector<double> heavy;
  for (int i = 0; i < kBallastTrials; ++i) {
    light.push_back(checker.Measure("mmap", {}, "peak_anon"));
    heavy.push_back(checker.Measure("mmap", ballast, "peak_anon"));
  }
  check.noise_floor_seconds = Floor(checker, trials);
  if (checker.error()) return Fail(*checker.error());
  check.delay_seen_seconds = Median(with) - Median(without);
  check.ballast_seen_bytes = Median(heavy) - Median(light);
  return check;
}

}  // namespace falsify::harness
