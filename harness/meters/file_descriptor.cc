#include "harness/meters/file_descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace falsify::harness {

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

Result<FileDescriptor> OpenFile(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return Fail(SystemError("METER_OPEN", path, "open", errno));
  return FileDescriptor(fd);
}

Result<RegularFile> OpenRegularFile(const std::string& path, int flags) {
  // O_NONBLOCK: a FIFO without a writer must become an error, not a wait.
  Result<FileDescriptor> file = OpenFile(path, flags | O_NONBLOCK);
  if (!file) return Fail(file.error());
  struct stat facts {};
  if (fstat(file->get(), &facts) != 0) {
    return Fail(SystemError("METER_OPEN", path, "stat", errno));
  }
  if (!S_ISREG(facts.st_mode)) {
    return Fail(
        {.code = "METER_FILE_KIND", .where = path, .what = "not a regular file", .hint = {}});
  }
  return RegularFile{*std::move(file), static_cast<std::uint64_t>(facts.st_size)};
}

}  // namespace falsify::harness
