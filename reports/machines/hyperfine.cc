#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "reports/facts/outcomes.h"
#include "reports/machines/machines.h"

namespace falsify::reports {
namespace {

using harness::Record;
using Json = nlohmann::ordered_json;

double MeanOf(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double MedianOf(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/// Of a sample; null for a single value, as hyperfine has it.
Json DeviationOf(const std::vector<double>& values) {
  if (values.size() < 2) return nullptr;
  const double mean = MeanOf(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

Json ResultOf(const Series& series, const std::string& measure) {
  const std::vector<double> times = Values(series, measure);
  const std::vector<double> cpu = Values(series, "cpu_time");
  std::vector<double> sorted = times;
  std::ranges::sort(sorted);
  return {{"command", series.name + " " + measure},
          {"mean", MeanOf(times)},
          {"stddev", DeviationOf(times)},
          {"median", MedianOf(sorted)},
          {"user", cpu.empty() ? 0.0 : MeanOf(cpu)},
          {"system", 0.0},
          {"min", sorted.front()},
          {"max", sorted.back()},
          {"times", times},
          {"memory_usage_byte", Values(series, "peak_rss")},
          {"exit_codes", std::vector<int>(times.size(), 0)},
          {"parameters", Json::object()}};
}

}  // namespace

std::string RenderHyperfine(const Record& record) {
  Json results = Json::array();
  for (const Series& series : SeriesOf(record)) {
    const std::string measure = MainTime(series);
    if (!measure.empty()) results.push_back(ResultOf(series, measure));
  }
  return Dump({{"results", results}});
}

}  // namespace falsify::reports
