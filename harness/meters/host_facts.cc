#include "harness/meters/host_facts.h"

#include <filesystem>
#include <sys/utsname.h>
#include <system_error>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/page_cache.h"
#include "harness/meters/proc_text.h"
#include "loaders/error.h"

namespace falsify::harness {
namespace {

using Facts = std::map<std::string, std::string>;

/// "\040" and its like: mountinfo writes blanks, newlines and backslashes as octal.
std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto octal = [&](std::size_t i) { return text[at + i] >= '0' && text[at + i] <= '7'; };
    if (text[at] == '\\' && at + 3 < text.size() && octal(1) && octal(2) && octal(3)) {
      const int value = (text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0');
      out += static_cast<char>(value);
      at += 3;
    } else {
      out += text[at];
    }
  }
  return out;
}

bool LiesOn(std::string_view path, std::string_view point) {
  if (point == "/") return path.starts_with('/');
  return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
}

std::optional<Mount> ParseMount(std::string_view line) {
  Mount mount;
  TakeWord(line);  // mount id
  TakeWord(line);  // parent id
  mount.device_number = std::string(TakeWord(line));
  TakeWord(line);  // root within the file system
  mount.point = Unescape(TakeWord(line));
  std::string_view word = TakeWord(line);
  while (!word.empty() && word != "-") word = TakeWord(line);  // options, optional fields
  mount.type = std::string(TakeWord(line));
  mount.source = Unescape(TakeWord(line));
  if (mount.source.empty()) return std::nullopt;
  return mount;
}

/// The first line of a small file, or nothing if it cannot be read.
std::optional<std::string> FirstLine(const std::string& path) {
  const Result<std::string> text = ReadProcText(path);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  return std::string(TrimBlanks(TakeLine(rest)));
}

void AddIfKnown(Facts& facts, const std::string& key, const std::optional<std::string>& value) {
  if (value && !value->empty()) facts[key] = *value;
}

/// A partition has no queue of its own: its disk, one level up, has.
std::optional<std::string> ReadAheadKb(const std::string& device_number) {
  for (const char* pattern :
       {"/sys/class/bdi/{}/read_ahead_kb", "/sys/dev/block/{}/../queue/read_ahead_kb"}) {
    const auto line = FirstLine(fmt::format(fmt::runtime(pattern), device_number));
    if (line) return line;
  }
  return std::nullopt;
}

void AddMemoryFacts(Facts& facts) {
  const Result<std::string> meminfo = ReadProcText("/proc/meminfo");
  if (!meminfo) return;
  for (const auto& [key, field] :
       {std::pair{"memory_bytes", "MemTotal"}, std::pair{"swap_bytes", "SwapTotal"}}) {
    const Result<std::uint64_t> bytes = ParseKibField(*meminfo, field, "/proc/meminfo");
    if (bytes) facts[key] = fmt::format("{}", *bytes);
  }
}

void AddCpuFacts(Facts& facts) {
  facts["cores"] = fmt::format("{}", std::thread::hardware_concurrency());
  AddIfKnown(facts, "cpu_governor",
             FirstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  const Result<std::string> cpuinfo = ReadProcText("/proc/cpuinfo");
  if (!cpuinfo) return;
  const CpuFacts cpu = ParseCpuinfo(*cpuinfo);
  AddIfKnown(facts, "cpu", cpu.model);
  if (cpu.virtualised) facts["virtualised"] = *cpu.virtualised ? "yes" : "no";
}

void AddFileFacts(Facts& facts, const std::string& path) {
  const Result<CacheState> cache = QueryCache(path);
  facts["page_cache_control"] = cache ? fmt::format("{}, per-file eviction", Name(cache->method))
                                      : fmt::format("none: {}", cache.error().what);
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  const Result<std::string> mountinfo = ReadProcText("/proc/self/mountinfo");
  if (error || !mountinfo) return;
  const std::optional<Mount> mount = FindMount(*mountinfo, real.string());
  if (!mount) return;
  facts["filesystem"] = mount->type;
  facts["device"] = mount->source;
  AddIfKnown(facts, "read_ahead_kb", ReadAheadKb(mount->device_number));
}

}  // namespace

CpuFacts ParseCpuinfo(std::string_view cpuinfo) {
  CpuFacts facts;
  facts.model = std::string(FindField(cpuinfo, "model name").value_or(""));
  if (std::optional<std::string_view> flags = FindField(cpuinfo, "flags")) {
    facts.virtualised = false;
    for (std::string_view flag = TakeWord(*flags); !flag.empty(); flag = TakeWord(*flags)) {
      if (flag == "hypervisor") facts.virtualised = true;
    }
  }
  return facts;
}

std::string_view ParseBracketed(std::string_view choices) {
  const std::size_t open = choices.find('[');
  const std::size_t close = choices.find(']', open);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return choices.substr(open + 1, close - open - 1);
}

std::optional<Mount> FindMount(std::string_view mountinfo, std::string_view path) {
  std::optional<Mount> found;
  while (!mountinfo.empty()) {
    std::optional<Mount> mount = ParseMount(TakeLine(mountinfo));
    if (!mount || !LiesOn(path, mount->point)) continue;
    // Of two mounts on one point the later hides the earlier.
    if (!found || mount->point.size() >= found->point.size()) found = std::move(mount);
  }
  return found;
}

std::map<std::string, std::string> ReadHostFacts(const std::string& path) {
  Facts facts;
  utsname system{};
  if (uname(&system) == 0) {
    facts["host"] = system.nodename;
    facts["kernel"] = fmt::format("{} {}", system.sysname, system.release);
  }
  AddCpuFacts(facts);
  AddMemoryFacts(facts);
  if (const auto choices = FirstLine("/sys/kernel/mm/transparent_hugepage/enabled")) {
    AddIfKnown(facts, "transparent_huge_pages", std::string(ParseBracketed(*choices)));
  }
  AddFileFacts(facts, path);
  return facts;
}

}  // namespace falsify::harness
