#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include "criteria/criterion.h"

namespace falsify::criteria::testing {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline BlockValue Plain(double x) { return {.x = {x, x}}; }
inline BlockValue AtLeast(double x) { return {.x = {x, kInfinity}}; }
inline BlockValue AtMost(double x) { return {.x = {0, x}}; }
inline BlockValue Failed() { return {.x = {1, 1}, .failed = true}; }
inline BlockValue Disturbed(double x) { return {.x = {x, x}, .disturbed = true}; }

inline std::vector<BlockValue> Plain(const std::vector<double>& values) {
  std::vector<BlockValue> blocks;
  for (const double x : values) blocks.push_back(Plain(x));
  return blocks;
}

/// '1' violates "below 2" (3 >= 2), '0' does not (1 < 2).
inline std::vector<BlockValue> FromBits(std::string_view bits) {
  std::vector<BlockValue> blocks;
  for (const char bit : bits) blocks.push_back(Plain(bit == '1' ? 3.0 : 1.0));
  return blocks;
}

/// "The median time lies below `threshold`."
inline Claim MedianTimeBelow(double threshold) {
  return {.threshold = threshold, .noise_sensitive = true, .noise_only_hurts = true};
}

}  // namespace falsify::criteria::testing
