#include "harness/trial/worker_cgroup.h"

#include <array>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <utility>

#include "harness/trial/small_file.h"

namespace falsify::harness {
namespace {

constexpr std::array kMounts = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
constexpr const char* kMemoryMount = "/sys/fs/cgroup/memory";

bool IsMounted(const char* path, decltype(std::declval<struct statfs>().f_type) type) {
  struct statfs info {};
  return statfs(path, &info) == 0 && info.f_type == type;
}

// The directory of this process's cgroup 2; empty if there is none.
std::string OwnDirectory(const std::string& text) {
  const std::string_view own = ParseOwnCgroup(text);
  for (const char* mount : kMounts) {
    if (!own.empty() && IsMounted(mount, CGROUP2_SUPER_MAGIC)) {
      return std::string(mount) + std::string(own);
    }
  }
  return {};
}

std::string OwnMemoryDirectory(const std::string& text) {
  const std::string_view own = ParseOwnCgroup(text, "memory");
  if (own.empty() || !IsMounted(kMemoryMount, CGROUP_SUPER_MAGIC)) return {};
  return std::string(kMemoryMount) + std::string(own);
}

/// Whether `names`, separated by commas, holds `name`.
bool Holds(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::size_t end = names.find(',');
    if (names.substr(0, end) == name) return true;
    names = end == std::string_view::npos ? std::string_view() : names.substr(end + 1);
  }
  return false;
}

}  // namespace

// Lines are "id:controllers:path"; version 2 is the one with id 0 and no controllers.
std::string_view ParseOwnCgroup(std::string_view text, std::string_view controller) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    const bool wanted = controller.empty() ? line.starts_with("0::") : Holds(names, controller);
    if (wanted) return line.substr(second + 1);
  }
  return {};
}

CgroupHome CgroupHome::Find() {
  const std::string text = ReadSmallFile("/proc/self/cgroup");
  CgroupHome home;
  home.path_ = OwnDirectory(text);
  home.memory_path_ = OwnMemoryDirectory(text);
  for (const std::string* path : {&home.path_, &home.memory_path_}) {
    if (!path->empty()) RemoveDeadCgroups(*path);
  }
  return home;
}

WorkerCgroup CgroupHome::Make(std::uint64_t memory_bytes) const {
  WorkerCgroup cgroup;
  if (!path_.empty()) cgroup.all_ = CgroupFolder::Make(path_);
  if (cgroup.all_ && !cgroup.all_->Has("cgroup.kill")) cgroup.all_.reset();
  if (memory_bytes == 0) return cgroup;
  const std::string limit = std::to_string(memory_bytes);
  cgroup.limits_memory_ = cgroup.all_ && cgroup.all_->Write("memory.max", limit);
  if (cgroup.limits_memory_ || memory_path_.empty()) return cgroup;
  cgroup.memory_ = CgroupFolder::Make(memory_path_);
  if (!cgroup.memory_ || !cgroup.memory_->Write("memory.limit_in_bytes", limit)) return cgroup;
  cgroup.join_ =
      UniqueFd(open(cgroup.memory_->PathOf("cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  cgroup.limits_memory_ = static_cast<bool>(cgroup.join_);
  return cgroup;
}

void WorkerCgroup::Kill() const {
  if (all_) all_->Write("cgroup.kill", "1");
}

}  // namespace falsify::harness
