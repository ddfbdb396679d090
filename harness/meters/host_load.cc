#include "harness/meters/host_load.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/proc_text.h"

namespace falsify::harness {
namespace {

constexpr const char* kStat = "/proc/stat";
constexpr const char* kLoadavg = "/proc/loadavg";

tl::unexpected<Error> Malformed(std::string_view where, std::string_view expected) {
  return Fail({.code = "METER_FIELD",
               .where = std::string(where),
               .what = fmt::format("expected \"{}\"", expected),
               .hint = {}});
}

std::optional<double> ParseAverage(std::string_view word) {
  double value = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || stop != end || !std::isfinite(value) || value < 0) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

Result<std::uint64_t> ParseStealTicks(std::string_view stat) {
  std::string_view line = TakeLine(stat);
  std::optional<std::uint64_t> ticks;
  if (TakeWord(line) == "cpu") {
    for (int skipped = 0; skipped < 7; ++skipped) TakeWord(line);
    ticks = ParseUnsigned(TakeWord(line));
  }
  if (!ticks) return Malformed(kStat, "cpu user nice system idle iowait irq softirq steal ...");
  return *ticks;
}

Result<double> ReadStealSeconds() {
  const Result<std::string> text = ReadProcText(kStat);
  if (!text) return Fail(text.error());
  const Result<std::uint64_t> ticks = ParseStealTicks(*text);
  if (!ticks) return Fail(ticks.error());
  return static_cast<double>(*ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Result<LoadAverage> ParseLoadAverage(std::string_view loadavg) {
  const std::optional<double> one = ParseAverage(TakeWord(loadavg));
  const std::optional<double> five = ParseAverage(TakeWord(loadavg));
  const std::optional<double> fifteen = ParseAverage(TakeWord(loadavg));
  if (!one || !five || !fifteen) return Malformed(kLoadavg, "1min 5min 15min ...");
  return LoadAverage{*one, *five, *fifteen};
}

Result<LoadAverage> ReadLoadAverage() {
  const Result<std::string> text = ReadProcText(kLoadavg);
  if (!text) return Fail(text.error());
  return ParseLoadAverage(*text);
}

std::string_view Name(Resource resource) {
  switch (resource) {
    case Resource::kCpu:
      return "cpu";
    case Resource::kMemory:
      return "memory";
    case Resource::kIo:
      return "io";
  }
  return "unknown";
}

Result<double> ParseStalledSeconds(std::string_view pressure, std::string_view where) {
  constexpr std::string_view kTotal = "total=";
  constexpr double kMicrosecond = 1e-6;
  while (!pressure.empty()) {
    std::string_view line = TakeLine(pressure);
    if (TakeWord(line) != "some") continue;
    for (std::string_view word = TakeWord(line); !word.empty(); word = TakeWord(line)) {
      if (!word.starts_with(kTotal)) continue;
      const std::optional<std::uint64_t> total = ParseUnsigned(word.substr(kTotal.size()));
      if (total) return static_cast<double>(*total) * kMicrosecond;
    }
  }
  return Malformed(where, "some ... total=MICROSECONDS");
}

Result<double> ReadStalledSeconds(Resource resource) {
  const std::string path = fmt::format("/proc/pressure/{}", Name(resource));
  const Result<std::string> text = ReadProcText(path);
  if (!text) return Fail(text.error());
  return ParseStalledSeconds(*text, path);
}

}  // namespace falsify::harness
