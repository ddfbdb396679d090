#include "harness/trial/scratch_directory.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace falsify::harness {

namespace fs = std::filesystem;

Result<ScratchDirectory> ScratchDirectory::Make() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error) {
    return Fail(SystemError("TRIAL_SPAWN", "TMPDIR", "find a temporary directory", error.value()));
  }
  std::string name = (fs::absolute(parent) / "falsify-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    return Fail(SystemError("TRIAL_SPAWN", name, "make a scratch directory", errno));
  }
  return ScratchDirectory(name);
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

void ScratchDirectory::Empty() const {
  std::error_code error;
  for (fs::directory_iterator entry(path_, error), end; !error && entry != end;) {
    std::error_code ignored;
    const fs::path path = entry->path();
    entry.increment(error);
    fs::remove_all(path, ignored);
  }
}

}  // namespace falsify::harness
