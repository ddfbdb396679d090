#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/bytes.h"
#include "loaders/error.h"
#include "loaders/loader_options.h"

namespace falsify::loaders {

/// What a source or loader did, by its own account. The harness checks it against the kernel's.
struct LoadReport {
  std::uint64_t bytes_read = 0;  ///< through read-like calls
  std::uint64_t read_calls = 0;
  std::uint64_t bytes_mapped = 0;
  unsigned threads = 1;
  std::uint64_t chunk_bytes = 0;       ///< per call, where the source cuts the file; else 0
  std::uint64_t alignment_bytes = 0;   ///< of direct I/O; 0 if buffered
  unsigned queue_depth = 0;            ///< requests in flight, where there is a queue; else 0
  std::vector<std::string> advice;     ///< e.g. "madvise WILLNEED"
  std::vector<std::string> fallbacks;  ///< e.g. "O_DIRECT refused: buffered"; empty if none
};

/// How the bytes of one file reach this process: read, mmap, pread, direct, uring.
/// A Source knows nothing of tensors and a Format nothing of I/O, so every format works over every
/// source. Used by one thread. Spans stay valid until the Source is destroyed.
class Source {
 public:
  virtual ~Source() = default;
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  virtual const std::string& path() const = 0;
  virtual std::uint64_t size_bytes() const = 0;  ///< at open(2)

  /// True if every byte of the file is in memory of this process's own.
  virtual bool holds_whole_file() const { return false; }

  /// Makes `range` addressable. May be lazy: a mapped range costs its page faults on first touch,
  /// and they are charged to whoever touches it.
  /// Errors: IO_RANGE (past the end), IO_READ (errno named), IO_SHRANK.
  virtual Result<std::span<const std::byte>> View(ByteRange range) = 0;

  /// Copies `into.size()` bytes from `offset`: for headers, which a mapped source preads rather
  /// than faulting in a whole readahead window. Errors: as `View`.
  virtual Result<void> Copy(std::uint64_t offset, std::span<std::byte> into) = 0;

  virtual LoadReport report() const = 0;
};

/// What a study may choose about a source. Zero: the source's own default.
struct SourceOptions {
  unsigned threads = 0;
  std::uint64_t chunk_bytes = 0;
  unsigned queue_depth = 0;
};

/// Opens a regular file; never blocks on a fifo. Errors: IO_OPEN (errno named), IO_NOT_REGULAR,
/// IO_READ, IO_MAP, IO_MEMORY, LOADER_OPTION (out of range), LOADER_UNAVAILABLE (this host cannot).
using OpenSource = Result<std::unique_ptr<Source>> (*)(const std::string& path,
                                                       const SourceOptions& options);

struct SourceEntry {
  std::string_view name;
  std::string_view summary;
  double anonymous_per_byte;              ///< anonymous memory it holds, times the file's size
  std::span<const LoaderOption> options;  ///< of kThreadsOption, kChunkOption, kQueueDepthOption
  OpenSource open;
};

/// The whole registry, in the order `falsify list loaders` prints it.
std::span<const SourceEntry> Sources();

}  // namespace falsify::loaders
