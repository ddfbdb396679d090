#include "harness/trial/cgroup_folder.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "harness/trial/small_file.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kPrefix = "falsify-";
constexpr int kRemovalTries = 20;
constexpr useconds_t kRemovalPauseMicroseconds = 500;

UniqueFd OpenDirectory(const std::string& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool Lock(const UniqueFd& directory) {
  return directory && flock(directory.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

std::optional<CgroupFolder> CgroupFolder::Make(const std::string& parent) {
  static std::atomic<unsigned> made = 0;
  std::string path = fmt::format("{}/{}{}-{}", parent, kPrefix, getpid(), made++);
  if (mkdir(path.c_str(), 0755) != 0) return std::nullopt;
  CgroupFolder folder(path, OpenDirectory(path));
  if (!Lock(folder.directory_)) return std::nullopt;
  return folder;
}

// A process may be reaped a moment before it leaves its cgroup.
CgroupFolder::~CgroupFolder() {
  if (!directory_) return;
  for (int tries = 0; rmdir(path_.c_str()) != 0 && errno == EBUSY && tries < kRemovalTries;
       ++tries) {
    usleep(kRemovalPauseMicroseconds);
  }
}

CgroupFolder& CgroupFolder::operator=(CgroupFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(directory_, other.directory_);
  return *this;
}

bool CgroupFolder::Has(std::string_view file) const {
  return access(PathOf(file).c_str(), W_OK) == 0;
}

bool CgroupFolder::Write(std::string_view file, std::string_view text) const {
  return WriteSmallFile(PathOf(file), text);
}

void RemoveDeadCgroups(const std::string& parent) {
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

}  // namespace falsify::harness
