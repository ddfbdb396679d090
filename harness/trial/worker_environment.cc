#include "harness/trial/worker_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace falsify::harness {
namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "PATH",         "HOME",          "LANG",         "LC_ALL",      "LD_LIBRARY_PATH",
    "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"};
constexpr std::array<std::string_view, 2> kPrefixes = {"OMP_", "MALLOC_"};
constexpr std::string_view kTemporary = "TMPDIR";

bool IsAllowed(std::string_view name, const std::vector<std::string>& extra) {
  if (name == kTemporary) return false;
  const bool has_prefix = std::any_of(kPrefixes.begin(), kPrefixes.end(),
                                      [&](auto prefix) { return name.starts_with(prefix); });
  return has_prefix || std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::find(extra.begin(), extra.end(), name) != extra.end();
}

}  // namespace

std::vector<std::string> WorkerEnvironment(const char* const* environment,
                                           const std::vector<std::string>& extra,
                                           const std::string& temporary) {
  std::vector<std::string> allowed;
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    if (IsAllowed(variable.substr(0, variable.find('=')), extra)) allowed.emplace_back(variable);
  }
  allowed.push_back(std::string(kTemporary) + "=" + temporary);
  return allowed;
}

}  // namespace falsify::harness
