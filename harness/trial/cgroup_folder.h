#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/trial/unique_fd.h"

namespace falsify::harness {

/// A cgroup that this harness made, removed with this. Never used for two workers: some kernels
/// kill whatever is cloned into a cgroup that was killed before.
class CgroupFolder {
 public:
  /// Below `parent`. Nothing if the system refuses.
  static std::optional<CgroupFolder> Make(const std::string& parent);

  CgroupFolder(CgroupFolder&&) = default;
  CgroupFolder& operator=(CgroupFolder&& other) noexcept;
  ~CgroupFolder();

  int descriptor() const { return directory_.get(); }
  std::string PathOf(std::string_view file) const { return path_ + "/" + std::string(file); }

  /// Whether it has such a file, which we may write.
  bool Has(std::string_view file) const;

  /// One write to one of its files. False if the kernel refuses or there is no such file.
  bool Write(std::string_view file, std::string_view text) const;

 private:
  CgroupFolder(std::string path, UniqueFd directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  UniqueFd directory_;  // locked while we live: that is how others know we are not dead
};

/// Removes what dead harnesses left below `parent` and kills its members.
void RemoveDeadCgroups(const std::string& parent);

}  // namespace falsify::harness
