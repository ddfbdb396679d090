#include "loaders/sources/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"

namespace falsify::loaders {
namespace {

constexpr std::size_t kMostPerCall = std::size_t{1} << 30;

std::string KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a fifo";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "no regular file";
}

}  // namespace

Result<File> File::Open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return Fail(SystemError("IO_OPEN", path, "open", errno));
  File file(descriptor, path);
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return Fail(SystemError("IO_OPEN", path, "stat", errno));
  if (!S_ISREG(status.st_mode)) {
    return Fail({.code = "IO_NOT_REGULAR",
                 .where = path,
                 .what = fmt::format("is {}, expected a regular file", KindOf(status.st_mode)),
                 .hint = {}});
  }
  file.size_bytes_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      size_bytes_(other.size_bytes_) {}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> File::CheckRange(ByteRange range) const {
  return CheckFileRange(range, size_bytes_, path_);
}

Result<void> File::CheckStillWhole() const {
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0) {
    return Fail(SystemError("IO_READ", path_, "stat", errno));
  }
  const auto size_bytes = static_cast<std::uint64_t>(status.st_size);
  if (size_bytes >= size_bytes_) return {};
  return Fail({.code = "IO_SHRANK",
               .where = path_,
               .what = fmt::format("was {} B when opened, is {} B", size_bytes_, size_bytes),
               .hint = "does something write to the file?"});
}

Result<void> File::ReadAt(std::uint64_t offset, std::span<std::byte> into,
                          LoadReport& report) const {
  if (Result<void> inside = CheckRange({offset, into.size()}); !inside) return inside;
  const auto call = [this, offset](std::byte* to, std::size_t most, std::uint64_t done) {
    return ::pread(descriptor_, to, most, static_cast<off_t>(offset + done));
  };
  return FillBy(call, path_, into, report);
}

Result<void> CheckFileRange(ByteRange range, std::uint64_t file_bytes, const std::string& path) {
  if (range.size <= file_bytes && range.offset <= file_bytes - range.size) return {};
  return Fail({.code = "IO_RANGE",
               .where = fmt::format("{} @ {:#x}", path, range.offset),
               .what = fmt::format("{} B asked for, in a file of {} B", range.size, file_bytes),
               .hint = {}});
}

Result<void> FillBy(const ReadCall& call, const std::string& path, std::span<std::byte> into,
                    LoadReport& report) {
  std::size_t done = 0;
  while (done < into.size()) {
    const std::size_t most = std::min(into.size() - done, kMostPerCall);
    const ssize_t got = call(into.data() + done, most, done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(SystemError("IO_READ", path, "read", errno));
    ++report.read_calls;
    if (got == 0) {
      return Fail({.code = "IO_SHRANK",
                   .where = path,
                   .what = fmt::format("ended {} B into a read of {} B", done, into.size()),
                   .hint = "does something write to the file?"});
    }
    done += static_cast<std::size_t>(got);
    report.bytes_read += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace falsify::loaders
