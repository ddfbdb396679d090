#include "harness/durable_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/meters/file_descriptor.h"

namespace falsify::harness {
namespace {

Error SaveError(const std::string& path, const char* action) {
  return SystemError("SAVE", path, action, errno);
}

}  // namespace

Result<void> WriteAll(int fd, std::string_view text, const std::string& code,
                      const std::string& where) {
  while (!text.empty()) {
    const ssize_t put = write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Fail(SystemError(code, where, "write", errno));
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> SyncFolderOf(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const FileDescriptor dir(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0) return Fail(SaveError(folder, "open the folder"));
  if (fsync(dir.get()) != 0) return Fail(SaveError(folder, "fsync the folder"));
  return {};
}

Result<void> SaveDurably(const std::string& path, std::string_view text) {
  const std::string temporary = fmt::format("{}.tmp.{}", path, getpid());
  const FileDescriptor file(
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.get() < 0) return Fail(SaveError(temporary, "create"));
  Result<void> written = WriteAll(file.get(), text, "SAVE", temporary);
  if (written && fsync(file.get()) != 0) written = Fail(SaveError(temporary, "fsync"));
  if (written && std::rename(temporary.c_str(), path.c_str()) != 0) {
    written = Fail(SaveError(path, "rename into place"));
  }
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  return SyncFolderOf(path);
}

Result<std::string> ReadWholeFile(const std::string& path, std::size_t limit_bytes) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return Fail(SystemError("IO_OPEN", path, "open", errno));
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0) return Fail(SystemError("IO_READ", path, "stat", errno));
  if (!S_ISREG(facts.st_mode)) {
    return Fail(
        {.code = "IO_NOT_REGULAR", .where = path, .what = "not a regular file", .hint = {}});
  }
  const auto too_large = [&] {
    return Fail({.code = "IO_TOO_LARGE",
                 .where = path,
                 .what = fmt::format("larger than {} B", limit_bytes),
                 .hint = {}});
  };
  if (static_cast<std::uint64_t>(facts.st_size) > limit_bytes) return too_large();
  std::string text;
  char piece[64 * 1024];
  for (;;) {
    const ssize_t got = read(file.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(SystemError("IO_READ", path, "read", errno));
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
    if (text.size() > limit_bytes) return too_large();
  }
}

}  // namespace falsify::harness
