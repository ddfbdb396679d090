#include <array>
#include <string_view>

#include "fmt/format.h"
#include "harness/cli/commands.h"

namespace falsify::cli {
namespace {

// The harness failed, not what it was given: nothing the user typed would have helped.
constexpr std::array<std::string_view, 3> kOurFailures = {"SAVE", "JOURNAL_WRITE", "TRIAL_SPAWN"};

}  // namespace

int Report(const Error& error) {
  fmt::print(stderr, "falsify: {}\n", error.Line());
  for (const std::string_view code : kOurFailures) {
    if (error.code != code) continue;
    if (code != "TRIAL_SPAWN") fmt::print(stderr, "falsify: result not saved\n");
    return kExitError;
  }
  return kExitUsage;
}

}  // namespace falsify::cli
