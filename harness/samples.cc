#include "harness/samples.h"

#include <cmath>
#include <limits>

namespace falsify::harness {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool IsPeak(std::string_view name) { return name.starts_with("peak_"); }

double Bound(const Observation& observation, std::string_view name) {
  const auto found = observation.at_least.find(std::string(name));
  return found == observation.at_least.end() ? 0.0 : found->second;
}

criteria::Interval TimedOut(const Observation& seen, const MeasureEntry& measure,
                            std::uint64_t work) {
  if (!IsRate(measure.kind)) return {Bound(seen, measure.name), kInfinity};
  const double elapsed = Bound(seen, "elapsed");
  return {0.0, elapsed > 0 ? static_cast<double>(work) / elapsed : kInfinity};
}

}  // namespace

Sample SampleOf(const TrialRecord& trial, const MeasureEntry& measure, std::uint64_t work) {
  const Observation& seen = trial.observation;
  switch (seen.outcome) {
    case Outcome::kOk: {
      const auto found = seen.measures.find(std::string(measure.name));
      if (found == seen.measures.end() || !std::isfinite(found->second)) {
        return {{-kInfinity, kInfinity}, false, true};
      }
      return {{found->second, found->second}, false, false};
    }
    case Outcome::kTimeout:
      return {TimedOut(seen, measure, work), false, false};
    case Outcome::kOom:
      if (IsPeak(measure.name)) return {{Bound(seen, measure.name), kInfinity}, false, false};
      return {{-kInfinity, kInfinity}, true, false};
    default:
      return {{-kInfinity, kInfinity}, true, false};
  }
}

}  // namespace falsify::harness
