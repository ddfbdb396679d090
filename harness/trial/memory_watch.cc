#include "harness/trial/memory_watch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/trial/small_file.h"

namespace falsify::harness {
namespace {

// The number after `label`, which must start a line.
std::optional<std::uint64_t> NumberAfter(std::string_view text, std::string_view label) {
  std::size_t at = text.find(label);
  while (at != std::string_view::npos && at != 0 && text[at - 1] != '\n') {
    at = text.find(label, at + 1);
  }
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + label.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<MemorySample> ParseMemorySample(std::string_view status) {
  const auto anon = NumberAfter(status, "RssAnon:");
  const auto peak = NumberAfter(status, "VmHWM:");
  if (!anon || !peak) return std::nullopt;
  return MemorySample{.anon = *anon * 1024, .peak_rss = *peak * 1024};
}

MemoryWatch::MemoryWatch(pid_t pid)
    : status_(open(fmt::format("/proc/{}/status", pid).c_str(), O_RDONLY | O_CLOEXEC)) {}

std::optional<MemorySample> MemoryWatch::Sample() {
  std::array<char, 8192> text;
  const ssize_t got = status_ ? pread(status_.get(), text.data(), text.size(), 0) : -1;
  if (got <= 0) return std::nullopt;
  const auto sample = ParseMemorySample({text.data(), static_cast<std::size_t>(got)});
  if (sample) {
    peak_anon_ = std::max(peak_anon_, sample->anon);
    peak_rss_ = std::max(peak_rss_, sample->peak_rss);
  }
  return sample;
}

std::uint64_t OomKillsSinceBoot() { return ParseOomKills(ReadSmallFile("/proc/vmstat")); }

std::uint64_t ParseOomKills(std::string_view vmstat) {
  return NumberAfter(vmstat, "oom_kill ").value_or(0);
}

}  // namespace falsify::harness
