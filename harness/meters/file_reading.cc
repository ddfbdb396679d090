#include "harness/meters/file_reading.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <future>
#include <unistd.h>
#include <vector>

#include "harness/meters/file_descriptor.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kBufferBytes = 1024 * 1024;

// A descriptor of its own gives each part a readahead of its own.
Result<void> ReadPart(const std::string& path, loaders::ByteRange part) {
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  if (!file) return Fail(file.error());
  std::vector<std::byte> buffer(kBufferBytes);
  return ReadRange(file->get(), path, part, buffer);
}

}  // namespace

Result<void> ReadRange(int fd, const std::string& path, loaders::ByteRange range,
                       std::span<std::byte> buffer) {
  for (std::uint64_t done = 0; done < range.size;) {
    const std::size_t want = std::min<std::uint64_t>(buffer.size(), range.size - done);
    const ssize_t got = pread(fd, buffer.data(), want, static_cast<off_t>(range.offset + done));
    if (got == 0) return {};
    if (got > 0) {
      done += static_cast<std::uint64_t>(got);
    } else if (errno != EINTR) {
      return Fail(SystemError("METER_READ", path, "read", errno));
    }
  }
  return {};
}

Result<void> ReadThrough(const std::string& path, std::uint64_t size_bytes, unsigned threads) {
  const std::uint64_t part_bytes = size_bytes / threads + 1;
  std::vector<std::future<Result<void>>> parts;
  for (std::uint64_t at = 0; at < size_bytes; at += part_bytes) {
    const loaders::ByteRange part{at, std::min(part_bytes, size_bytes - at)};
    // With the default policy, where no thread can be started get() reads the part itself.
    parts.push_back(std::async(ReadPart, path, part));
  }
  Result<void> result;
  for (std::future<Result<void>>& part : parts) {
    const Result<void> read = part.get();
    if (!read) result = read;
  }
  return result;
}

}  // namespace falsify::harness
