#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <sys/types.h>

#include "loaders/bytes.h"
#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// An open regular file, its path and its size at open(2). Closes on destruction.
class File {
 public:
  /// Never blocks on a fifo or a device. Errors: IO_OPEN (errno named), IO_NOT_REGULAR.
  static Result<File> Open(const std::string& path);

  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  ~File();

  int descriptor() const { return descriptor_; }
  const std::string& path() const { return path_; }
  std::uint64_t size_bytes() const { return size_bytes_; }

  /// Errors: IO_RANGE, if `range` ends past the size at open(2).
  Result<void> CheckRange(ByteRange range) const;

  /// Errors: IO_SHRANK, if the file is shorter by now; IO_READ (errno named).
  Result<void> CheckStillWhole() const;

  /// Fills `into` from `offset` with pread(2); counts into `report`.
  /// Errors: IO_RANGE, IO_READ (errno named), IO_SHRANK.
  Result<void> ReadAt(std::uint64_t offset, std::span<std::byte> into, LoadReport& report) const;

 private:
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;
  std::uint64_t size_bytes_ = 0;
};

/// Errors: IO_RANGE, if `range` ends past `file_bytes`.
Result<void> CheckFileRange(ByteRange range, std::uint64_t file_bytes, const std::string& path);

/// What read(2) does: at most `most` bytes to `into`, which are bytes `done` and on of the whole;
/// returns how many, 0 at the end of the file, or -1 with errno set.
using ReadCall = std::function<ssize_t(std::byte* into, std::size_t most, std::uint64_t done)>;

/// Fills `into` by as many calls as it takes, each for at most 1 GiB because Linux moves no more
/// than 0x7ffff000 bytes per call. Goes on after EINTR and short reads. Counts into `report`.
/// Errors: IO_READ (errno named), IO_SHRANK (end of file before `into` is full).
Result<void> FillBy(const ReadCall& call, const std::string& path, std::span<std::byte> into,
                    LoadReport& report);

}  // namespace falsify::loaders
