#include "harness/environment.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "fmt/format.h"
#include "harness/durable_file.h"
#include "harness/meters/host_facts.h"
#include "harness/meters/host_limits.h"
#include "harness/study/sha256.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMaxBinaryBytes = std::size_t{1} << 30;

std::string ModelPath(const Record& record) {
  return record.subjects.empty() ? std::string() : record.subjects.front().model.path;
}

}  // namespace

void DescribeHost(Record& record, const RealHost& host) {
  const std::string model = ModelPath(record);
  record.environment = ReadHostFacts(model.empty() ? "." : model);
  record.environment["compiler"] = fmt::format("{} {}",
#ifdef __clang__
                                               "clang",
#else
                                               "gcc",
#endif
                                               __VERSION__);
  for (const auto& [kind, problem] : host.probe_problems()) {
    record.warnings.push_back(fmt::format("host probe \"{}\" was not taken: {}", kind, problem));
  }
  const std::string folder = std::filesystem::path(model).parent_path().string();
  const LimitSetting setting = {.threads = std::max(1U, std::thread::hardware_concurrency()),
                                .scratch_directory = folder.empty() ? "." : folder,
                                .model_path = model};
  for (const HostLimit& limit : MeasureHostLimits(setting)) {
    if (limit.value) {
      record.limits.push_back({limit.name, limit.definition, *limit.value, limit.unit});
    } else {
      record.warnings.push_back(
          fmt::format("limit \"{}\" was not measured: {}", limit.name, limit.absent_because));
    }
  }
}

Result<std::string> BinarySha256() {
  const Result<std::string> bytes = ReadWholeFile("/proc/self/exe", kMaxBinaryBytes);
  if (!bytes) return Fail(bytes.error());
  return Sha256Hex(*bytes);
}

}  // namespace falsify::harness
