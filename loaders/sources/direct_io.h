#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "loaders/bytes.h"
#include "loaders/error.h"
#include "loaders/sources/file.h"
#include "loaders/sources/huge_buffer.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// A file and room for its whole image at an alignment that O_DIRECT takes: each byte lies at its
/// file offset, so a tensor at an odd offset needs no copy of its own.
class DirectFile {
 public:
  /// Turns O_DIRECT on, at the alignment that statx(2) tells (Linux 6.1), else 4096 B. Where the
  /// file system refuses it reads are buffered, and `report` says so.
  /// Errors: IO_OPEN, IO_NOT_REGULAR, IO_MEMORY.
  static Result<DirectFile> Open(const std::string& path, LoadReport& report);

  const File& file() const { return file_; }
  std::uint64_t size_bytes() const { return file_.size_bytes(); }
  std::uint64_t alignment_bytes() const { return alignment_; }  ///< 1 if buffered

  /// `asked`, or as much more as the alignment needs.
  std::uint64_t ChunkOf(std::uint64_t asked) const;

  /// What to ask the kernel for in order to get bytes [`at`, `end`) of the file: from the alignment
  /// before to the one after, so that a short read can be gone on from anywhere.
  ByteRange Around(std::uint64_t at, std::uint64_t end) const;

  /// How many of [`at`, `end`) a read of Around got if it returned `bytes`: not what lies before
  /// `at`, nor past `end` in a file that grew. 0: the file ends here.
  std::uint64_t Gained(std::uint64_t at, std::uint64_t end, std::uint64_t bytes) const;

  /// Where `range`, of Around, belongs. May reach past the end of the file by less than the
  /// alignment.
  std::span<std::byte> Room(ByteRange range) const;

  /// Runs `pass`, which reads the file and sets `refused` where a direct read fails with EINVAL.
  /// Then, as some file systems take the flag and refuse the read, goes back to buffered reads,
  /// says so in `report` and runs it once more.
  Result<void> ReadBy(const std::function<Result<void>(LoadReport&)>& pass,
                      const std::atomic<bool>& refused, LoadReport& report);

  /// The file and its image. Ends the use of this.
  std::unique_ptr<Source> IntoSource(LoadReport report) &&;

 private:
  DirectFile(File file, HugeBuffer image, std::uint64_t alignment);
  void GiveUpDirect(LoadReport& report);

  File file_;
  HugeBuffer image_;
  std::uint64_t alignment_;
};

}  // namespace falsify::loaders
