#pragma once

#include <cstdint>
#include <string>

#include "loaders/error.h"

namespace falsify::harness {

/// Owns one open descriptor; closes it when destroyed. Empty after a move.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }

 private:
  int fd_;
};

/// open(2) with `flags` and O_CLOEXEC. Errors: METER_OPEN (errno named).
Result<FileDescriptor> OpenFile(const std::string& path, int flags);

/// A regular file and its size when it was opened.
struct RegularFile {
  FileDescriptor descriptor;
  std::uint64_t size_bytes = 0;
};

/// Errors: METER_OPEN; METER_FILE_KIND if `path` is not a regular file.
Result<RegularFile> OpenRegularFile(const std::string& path, int flags);

}  // namespace falsify::harness
