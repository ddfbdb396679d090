#pragma once

#include <filesystem>
#include <string>

#include "loaders/error.h"

namespace falsify::harness {

/// A directory only we may enter, under the system's temporary directory. Removed, with all that
/// is in it, when destroyed.
class ScratchDirectory {
 public:
  /// Errors: TRIAL_SPAWN (errno named).
  static Result<ScratchDirectory> Make();

  ScratchDirectory(ScratchDirectory&& other) noexcept;
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  ~ScratchDirectory();

  const std::filesystem::path& path() const { return path_; }

  /// Removes what is in it, following no link out of it. Best effort.
  void Empty() const;

 private:
  explicit ScratchDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace falsify::harness
