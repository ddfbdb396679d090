#include "loaders/sources/direct.h"

#include <atomic>
#include <cerrno>
#include <optional>
#include <unistd.h>
#include <utility>

#include "loaders/sources/fault_ahead.h"
#include "loaders/sources/parallel.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kDefaultChunk = std::uint64_t{4} << 20;

class DirectReader {
 public:
  DirectReader(DirectFile& file, const SourceOptions& options)
      : file_(file),
        chunk_(options.chunk_bytes != 0 ? options.chunk_bytes : kDefaultChunk),
        threads_(options.threads) {}

  Result<void> ReadAll(LoadReport& report) {
    std::optional<FaultAhead> ahead;
    if (file_.size_bytes() > chunk_) ahead.emplace(file_.Room({0, file_.size_bytes()}), report);
    return file_.ReadBy([this](LoadReport& part) { return ReadOnce(part); }, refused_, report);
  }

 private:
  Result<void> ReadOnce(LoadReport& report) {
    const auto read = [this](ByteRange range, LoadReport& part) { return Read(range, part); };
    return ReadChunks(file_.size_bytes(), file_.ChunkOf(chunk_), threads_, read, report);
  }

  Result<void> Read(ByteRange range, LoadReport& report) {
    const auto call = [&](std::byte*, std::size_t most, std::uint64_t done) {
      return ReadAround(range.offset + done, most);
    };
    return FillBy(call, file_.file().path(), file_.Room(range), report);
  }

  /// As pread(2) of `most` bytes from `at`, by a read that is aligned at both ends.
  ssize_t ReadAround(std::uint64_t at, std::size_t most) {
    const ByteRange around = file_.Around(at, at + most);
    const ssize_t got = ::pread(file_.file().descriptor(), file_.Room(around).data(), around.size,
                                static_cast<off_t>(around.offset));
    if (got < 0 && errno == EINVAL) refused_ = true;
    if (got < 0) return got;
    const auto bytes = static_cast<std::uint64_t>(got);
    return static_cast<ssize_t>(file_.Gained(at, at + most, bytes));
  }

  DirectFile& file_;
  const std::uint64_t chunk_;
  const unsigned threads_;
  std::atomic<bool> refused_ = false;
};

}  // namespace

Result<void> ReadDirect(DirectFile& file, const SourceOptions& options, LoadReport& report) {
  return DirectReader(file, options).ReadAll(report);
}

Result<std::unique_ptr<Source>> OpenDirect(const std::string& path, const SourceOptions& options) {
  LoadReport report;
  Result<DirectFile> file = DirectFile::Open(path, report);
  if (!file) return Fail(std::move(file.error()));
  if (Result<void> done = ReadDirect(*file, options, report); !done) {
    return Fail(std::move(done.error()));
  }
  return std::move(*file).IntoSource(std::move(report));
}

}  // namespace falsify::loaders
