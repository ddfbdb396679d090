#include "loaders/sources/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"

namespace falsify::loaders {
namespace {

/// What the threads of one load share.
class Pieces {
 public:
  Pieces(std::uint64_t count, const Piece& piece) : count_(count), piece_(piece) {}

  /// Takes pieces until none is left or one has failed.
  void Work() {
    LoadReport report;
    std::optional<Error> error;
    for (std::uint64_t index = next_++; index < count_ && !failed_; index = next_++) {
      Result<void> done = Do(index, report);
      if (done) continue;
      error = std::move(done.error());
      failed_ = true;
    }
    const std::lock_guard lock(mutex_);
    bytes_read_ += report.bytes_read;
    read_calls_ += report.read_calls;
    if (error && !error_) error_ = std::move(error);
  }

  Result<void> Finish(LoadReport& report) {
    report.bytes_read += bytes_read_;
    report.read_calls += read_calls_;
    if (error_) return Fail(std::move(*error_));
    return {};
  }

 private:
  // An exception may not leave a thread.
  Result<void> Do(std::uint64_t index, LoadReport& report) {
    try {
      return piece_(index, report);
    } catch (const std::bad_alloc&) {
      return Fail({"IO_MEMORY", "a thread that loads", "no memory", {}});
    }
  }

  const std::uint64_t count_;
  const Piece& piece_;
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t read_calls_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<void> RunPieces(std::uint64_t count, unsigned threads, const Piece& piece,
                       LoadReport& report) {
  const unsigned wanted =
      threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  const auto useful = static_cast<unsigned>(std::clamp<std::uint64_t>(count, 1, wanted));
  Pieces pieces(count, piece);
  {
    std::vector<std::jthread> others;
    others.reserve(useful - 1);
    try {
      while (others.size() + 1 < useful) others.emplace_back([&pieces] { pieces.Work(); });
    } catch (const std::system_error&) {
      report.fallbacks.push_back(fmt::format("{} threads refused: {}", useful, others.size() + 1));
    }
    report.threads = static_cast<unsigned>(others.size() + 1);
    pieces.Work();
  }
  return pieces.Finish(report);
}

Result<void> ReadChunks(std::uint64_t size_bytes, std::uint64_t chunk_bytes, unsigned threads,
                        const ReadChunk& read, LoadReport& report) {
  report.chunk_bytes = chunk_bytes;
  const std::uint64_t whole = size_bytes / chunk_bytes;
  const std::uint64_t count = whole + (size_bytes % chunk_bytes == 0 ? 0 : 1);
  const auto piece = [&](std::uint64_t index, LoadReport& part) {
    const std::uint64_t offset = index * chunk_bytes;
    return read({offset, std::min(chunk_bytes, size_bytes - offset)}, part);
  };
  return RunPieces(count, threads, piece, report);
}

}  // namespace falsify::loaders
