#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "harness/meters/anonymous_memory.h"
#include "harness/meters/file_descriptor.h"
#include "loaders/error.h"

namespace falsify::harness {

/// The pieces of work that probes (small, often) and limits (large, once) time. All return
/// seconds of CLOCK_MONOTONIC.

/// Touches `bytes` of fresh anonymous memory in base pages; mapping and freeing are not timed.
/// Errors: METER_MEMORY.
Result<double> AnonymousTouchSeconds(std::size_t bytes);

/// A file of our own with no name, on disk and in the page cache, to copy from.
class ScratchFile {
 public:
  /// Writes `bytes` that no storage can compress to `directory`. Errors: METER_SCRATCH (errno
  /// named).
  static Result<ScratchFile> Create(const std::string& directory, std::uint64_t bytes);

  /// Copies it out of the page cache into a small reused buffer. If the cache has been reclaimed
  /// since, it is filled again before the clock starts. Errors: METER_READ, METER_CACHE_QUERY,
  /// METER_CACHE_UNVERIFIABLE.
  Result<double> CopySeconds();

 private:
  ScratchFile(RegularFile file, std::string directory, AnonymousMemory buffer);

  RegularFile file_;
  std::string directory_;
  AnonymousMemory buffer_;
};

/// The first part of a file, read past the page cache.
class DirectSlice {
 public:
  /// At most `bytes` of the file, whole 4 KiB blocks. Errors: METER_OPEN, METER_FILE_KIND,
  /// METER_MEMORY; METER_DIRECT if this file system has no O_DIRECT or the file has no whole block.
  static Result<DirectSlice> Open(const std::string& path, std::uint64_t bytes);

  std::uint64_t size_bytes() const { return size_bytes_; }

  /// Errors: METER_READ.
  Result<double> ReadSeconds();

 private:
  DirectSlice(RegularFile file, std::string path, std::uint64_t size_bytes, AnonymousMemory buffer);

  RegularFile file_;
  std::string path_;
  std::uint64_t size_bytes_;
  AnonymousMemory buffer_;
};

/// Touched anonymous memory, in huge pages where the host has them, filled with random words.
/// Errors: METER_MEMORY.
Result<AnonymousMemory> FilledMemory(std::size_t bytes);

}  // namespace falsify::harness
