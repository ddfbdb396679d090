#include "harness/trial/worker_cgroup.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/trial/small_file.h"

namespace falsify::harness {
namespace {

constexpr std::array kMounts = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
constexpr std::string_view kPrefix = "falsify-";
constexpr int kRemovalTries = 20;
constexpr useconds_t kRemovalPauseMicroseconds = 500;

// The directory of this process's cgroup; empty if there is no cgroup 2.
std::string OwnDirectory() {
  const std::string text = ReadSmallFile("/proc/self/cgroup");
  const std::string_view own = ParseOwnCgroup(text);
  for (const char* mount : kMounts) {
    struct statfs info {};
    const bool is_cgroup2 = statfs(mount, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
    if (is_cgroup2 && !own.empty()) return std::string(mount) + std::string(own);
  }
  return {};
}

UniqueFd OpenDirectory(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool Lock(const UniqueFd& directory) {
  return directory && flock(directory.get(), LOCK_EX | LOCK_NB) == 0;
}

void RemoveStale(const std::string& parent) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().string();
    if (!entry->path().filename().string().starts_with(kPrefix)) continue;
    const UniqueFd directory = OpenDirectory(path);
    if (!Lock(directory)) continue;
    WriteSmallFile(path + "/cgroup.kill", "1");
    rmdir(path.c_str());  // fails while members are still dying; the next start tries again
  }
}

}  // namespace

std::string_view ParseOwnCgroup(std::string_view text) {
  constexpr std::string_view kCgroup2 = "0::/";
  std::size_t at = text.starts_with(kCgroup2) ? 0 : text.find("\n0::/");
  if (at == std::string_view::npos) return {};
  at = text.find('/', at);
  return text.substr(at, text.find('\n', at) - at);
}

CgroupHome CgroupHome::Find() {
  std::string path = OwnDirectory();
  if (!path.empty()) RemoveStale(path);
  return CgroupHome(std::move(path));
}

std::optional<WorkerCgroup> CgroupHome::Make() const {
  static std::atomic<unsigned> made = 0;
  if (path_.empty()) return std::nullopt;
  std::string path = fmt::format("{}/{}{}-{}", path_, kPrefix, getpid(), made++);
  if (mkdir(path.c_str(), 0755) != 0) return std::nullopt;
  WorkerCgroup cgroup(path, OpenDirectory(path));
  const bool usable = Lock(cgroup.directory_) && access((path + "/cgroup.kill").c_str(), W_OK) == 0;
  if (!usable) return std::nullopt;
  return cgroup;
}

// A process may be reaped a moment before it leaves its cgroup.
WorkerCgroup::~WorkerCgroup() {
  if (!directory_) return;
  for (int tries = 0; rmdir(path_.c_str()) != 0 && errno == EBUSY && tries < kRemovalTries;
       ++tries) {
    usleep(kRemovalPauseMicroseconds);
  }
}

void WorkerCgroup::Kill() const { WriteSmallFile(path_ + "/cgroup.kill", "1"); }

}  // namespace falsify::harness
