#include "harness/study/settings.h"

#include <algorithm>
#include <string_view>

#include "fmt/format.h"
#include "harness/study/grammar.h"
#include "harness/study/nearest_word.h"
#include "harness/study/read_prediction.h"

namespace falsify::harness {
namespace {

constexpr int kMostBlocks = 1'000'000;
constexpr unsigned kMostThreads = 1024;
constexpr double kLargestSabotage = 100;
constexpr double kLongestSeconds = 7 * 24 * 3600.0;

double ReadErrorRate(const YamlNode& node, std::string_view what, StudyProblems& problems) {
  const auto holds = [](double rate) { return rate > 0 && rate <= 0.5; };
  return ReadNumber(node, what, holds, "above 0 and at most 0.5", problems);
}

enum class Zero { kAllowed, kRefused };

double ReadSeconds(const YamlNode& node, std::string_view what, Zero zero,
                   StudyProblems& problems) {
  const double seconds = ReadQuantity(node, Quantity::kTime, what, problems);
  const bool long_enough = zero == Zero::kAllowed ? seconds >= 0 : seconds > 0;
  if (!long_enough || seconds > kLongestSeconds) {
    problems.Add(node.at, "STUDY_RANGE", fmt::format("{} of {}", what, Shortened(node.text)),
                 fmt::format("it lies {} 0 s and at most {}",
                             zero == Zero::kAllowed ? "at or above" : "above",
                             FormatQuantity(kLongestSeconds, Quantity::kTime)));
  }
  return seconds;
}

BlockLimits ReadBlocks(const YamlNode& node, BlockLimits blocks, StudyProblems& problems) {
  const MapReader map(node, kBlocksGrammar, problems);
  if (const YamlNode* min = map.Find("min")) {
    blocks.min = static_cast<int>(ReadWhole(*min, "blocks: min", 1, kMostBlocks, problems));
  }
  if (const YamlNode* max = map.Find("max")) {
    blocks.max = static_cast<int>(ReadWhole(*max, "blocks: max", 1, kMostBlocks, problems));
    blocks.max_given = true;
  }
  if (!blocks.max_given) blocks.max = std::max(BlockLimits{}.max, blocks.min);
  if (blocks.max < blocks.min) {
    problems.Add(node.at, "STUDY_RANGE",
                 fmt::format("blocks: max of {} below min of {}", blocks.max, blocks.min));
  }
  return blocks;
}

}  // namespace

Settings ReadSettings(const MapReader& map, const Settings& inherited, StudyProblems& problems) {
  Settings settings = inherited;
  if (const YamlNode* cache = map.Find("cache")) {
    const bool cold = ReadWord(*cache, kCacheWords, problems) == Name(Cache::kCold);
    settings.cache = cold ? Cache::kCold : Cache::kWarm;
  }
  if (const YamlNode* alpha = map.Find("alpha")) {
    settings.alpha = ReadErrorRate(*alpha, "alpha", problems);
  }
  if (const YamlNode* beta = map.Find("beta")) {
    settings.beta = ReadErrorRate(*beta, "beta", problems);
  }
  if (const YamlNode* blocks = map.Find("blocks")) {
    settings.blocks = ReadBlocks(*blocks, inherited.blocks, problems);
  }
  if (const YamlNode* timeout = map.Find("timeout")) {
    settings.timeout_seconds = ReadSeconds(*timeout, "timeout", Zero::kRefused, problems);
  }
  if (const YamlNode* watch = map.Find("watch")) {
    settings.watch_seconds = ReadSeconds(*watch, "watch", Zero::kAllowed, problems);
  }
  if (const YamlNode* threads = map.Find("threads")) {
    settings.threads =
        static_cast<unsigned>(ReadWhole(*threads, "threads", 1, kMostThreads, problems));
  }
  if (const YamlNode* tolerance = map.Find("tolerance")) {
    settings.tolerance = ReadTolerance(*tolerance, problems);
  }
  if (const YamlNode* sabotage = map.Find("sabotage")) {
    const auto holds = [](double factor) { return factor > 1 && factor <= kLargestSabotage; };
    settings.sabotage =
        ReadNumber(*sabotage, "sabotage", holds, "above 1 and at most 100", problems);
  }
  if (const YamlNode* mode = map.Find("mode")) {
    const bool steady = ReadWord(*mode, kModeWords, problems) == Name(Mode::kSteady);
    settings.mode = steady ? Mode::kSteady : Mode::kOneShot;
  }
  return settings;
}

}  // namespace falsify::harness
