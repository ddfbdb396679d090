#include "harness/fitness.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/perf_event.h>
#include <map>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/guest_memory.h"
#include "harness/meters/host_facts.h"
#include "harness/meters/host_load.h"
#include "harness/meters/page_cache.h"
#include "loaders/loader.h"

namespace falsify::harness {
namespace {

using State = Fitness::State;

Fitness PageCache(const std::string& path) {
  const Result<CacheState> cold = MakeCold(path);
  if (!cold) return {"page cache: cold", State::kUnfit, cold.error().Line()};
  const Result<CacheState> warm = MakeWarm(path);
  if (!warm) return {"page cache: warm", State::kUnfit, warm.error().Line()};
  return {"page cache", State::kFit,
          fmt::format("evicted and filled at will, verified by {}", Name(warm->method))};
}

Fitness Memory() {
  const Result<std::uint64_t> available = AvailableMemoryBytes();
  if (!available) return {"memory", State::kLimited, available.error().Line()};
  return {"memory", State::kFit,
          fmt::format("{:.1f} GB available", static_cast<double>(*available) / 1e9)};
}

Fitness FromFact(const std::map<std::string, std::string>& facts, const char* key, const char* name,
                 State without, const char* unknown) {
  const auto found = facts.find(key);
  return found == facts.end() ? Fitness{name, without, unknown}
                              : Fitness{name, State::kFit, found->second};
}

Fitness HugePages(const std::map<std::string, std::string>& facts) {
  Fitness fitness = FromFact(facts, "transparent_huge_pages", "transparent huge pages",
                             State::kLimited, "not shown by this kernel");
  if (fitness.found == "never") fitness.state = State::kLimited;
  return fitness;
}

Fitness Governor(const std::map<std::string, std::string>& facts) {
  Fitness fitness = FromFact(facts, "cpu_governor", "CPU governor", State::kFit,
                             "none shown: the host beneath decides");
  if (fitness.found == "powersave" || fitness.found == "ondemand") fitness.state = State::kLimited;
  return fitness;
}

Fitness Steal() {
  const Result<double> before = ReadStealSeconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const Result<double> after = ReadStealSeconds();
  if (!before || !after) return {"CPU steal", State::kLimited, "cannot be read"};
  const double share = (*after - *before) / 0.2;
  return {"CPU steal", share > 0.05 ? State::kLimited : State::kFit,
          fmt::format("{:.1f} % of one CPU over the last 0.2 s", share * 100)};
}

Fitness Uring(const std::string& path) {
  const auto model = loaders::Load(path, {"uring", {}}, 1, {});
  if (model) return {"io_uring", State::kFit, "works"};
  return {"io_uring", State::kLimited, model.error().Line()};
}

Fitness Perf() {
  perf_event_attr attributes = {};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = 1;
  const long fd = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
  if (fd < 0) {
    return {"hardware counters", State::kLimited,
            fmt::format("perf_event_open: {}; nothing here needs them", std::strerror(errno))};
  }
  close(static_cast<int>(fd));
  return {"hardware counters", State::kFit, "instructions can be counted"};
}

Fitness Cgroup() {
  const bool second = std::filesystem::exists("/sys/fs/cgroup/cgroup.controllers");
  const bool first = std::filesystem::exists("/sys/fs/cgroup/memory");
  if (second) return {"memory cgroup", State::kFit, "version 2"};
  if (first) return {"memory cgroup", State::kFit, "version 1"};
  return {"memory cgroup", State::kLimited, "none: workers are watched and limited without it"};
}

Fitness PeakReset() {
  const Result<FileDescriptor> file = OpenFile("/proc/self/clear_refs", O_WRONLY);
  if (file) return {"peak memory", State::kFit, "the peak of a phase can be reset"};
  return {"peak memory", State::kUnfit, file.error().Line()};
}

}  // namespace

std::string_view Name(Fitness::State state) {
  switch (state) {
    case State::kFit:
      return "ok";
    case State::kLimited:
      return "limited";
    case State::kUnfit:
      return "missing";
  }
  return "";
}

std::vector<Fitness> CheckFitness(const std::string& model_path) {
  const std::map<std::string, std::string> facts = ReadHostFacts(model_path);
  return {PageCache(model_path),
          PeakReset(),
          Memory(),
          HugePages(facts),
          FromFact(facts, "read_ahead_kb", "readahead (KiB)", State::kLimited,
                   "not shown for this file system"),
          FromFact(facts, "filesystem", "file system", State::kLimited, "not shown"),
          Governor(facts),
          Steal(),
          Uring(model_path),
          Perf(),
          Cgroup()};
}

}  // namespace falsify::harness
