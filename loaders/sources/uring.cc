#include "loaders/sources/uring.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "liburing.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kDefaultChunk = std::uint64_t{1} << 20;
constexpr unsigned kDefaultDepth = 16;

tl::unexpected<Error> Unavailable(const std::string& action, int errno_value) {
  return Fail(
      {.code = "LOADER_UNAVAILABLE",
       .where = "io_uring",
       .what = fmt::format("cannot {}: {}", action, std::generic_category().message(errno_value)),
       .hint = "containers forbid it by default; see also kernel.io_uring_disabled"});
}

/// An io_uring that can read.
class Ring {
 public:
  static Result<Ring> Make(unsigned depth) {
    Ring ring;
    const int made = ::io_uring_queue_init(depth, ring.ring_.get(), 0);
    if (made < 0) return Unavailable(fmt::format("make a ring of {}", depth), -made);
    ring.made_ = true;
    const std::unique_ptr<io_uring_probe, decltype(&::io_uring_free_probe)> probe(
        ::io_uring_get_probe_ring(ring.ring_.get()), &::io_uring_free_probe);
    if (!probe || ::io_uring_opcode_supported(probe.get(), IORING_OP_READ) == 0) {
      return Unavailable("queue reads", EOPNOTSUPP);
    }
    return ring;
  }

  Ring(Ring&& other) noexcept
      : ring_(std::move(other.ring_)), made_(std::exchange(other.made_, false)) {}
  Ring& operator=(Ring&&) = delete;
  ~Ring() {
    if (made_) ::io_uring_queue_exit(ring_.get());
  }

  io_uring* get() const { return ring_.get(); }

 private:
  Ring() : ring_(std::make_unique<io_uring>()) {}

  std::unique_ptr<io_uring> ring_;  // may not change its address
  bool made_ = false;
};

/// One pass over the file. After a read that failed it waits for those still in flight.
class Pass {
 public:
  Pass(const DirectFile& file, const Ring& ring, unsigned depth, std::atomic<bool>& refused,
       LoadReport& report)
      : file_(file), ring_(ring), requests_(depth), refused_(refused), report_(report) {
    for (unsigned slot = 0; slot < depth; ++slot) idle_.push_back(slot);
  }

  Result<void> Run() {
    while (true) {
      while (!error_ && !idle_.empty() && next_ < file_.size_bytes()) Begin();
      if (idle_.size() == requests_.size()) break;
      const int submitted = ::io_uring_submit_and_wait(ring_.get(), 1);
      if (submitted < 0 && !IsPassing(-submitted)) {
        return Fail(SystemError("IO_READ", path(), "submit reads", -submitted));
      }
      io_uring_cqe* completion = nullptr;
      while (::io_uring_peek_cqe(ring_.get(), &completion) == 0) {
        const auto slot = static_cast<unsigned>(completion->user_data);
        const int result = completion->res;
        ::io_uring_cqe_seen(ring_.get(), completion);
        Take(slot, result);
      }
    }
    if (error_) return Fail(std::move(*error_));
    return {};
  }

 private:
  /// The bytes that a request still has to get.
  struct Request {
    std::uint64_t at = 0;
    std::uint64_t end = 0;
  };

  const std::string& path() const { return file_.file().path(); }
  static bool IsPassing(int error) { return error == EINTR || error == EAGAIN || error == EBUSY; }

  void Begin() {
    const unsigned slot = idle_.back();
    idle_.pop_back();
    const std::uint64_t end = next_ + std::min(report_.chunk_bytes, file_.size_bytes() - next_);
    requests_[slot] = {next_, end};
    next_ = end;
    Queue(slot);
  }

  void Queue(unsigned slot) {
    const ByteRange around = file_.Around(requests_[slot].at, requests_[slot].end);
    // Never null: the queue has room for every slot, and each stands in it once at most.
    io_uring_sqe* entry = ::io_uring_get_sqe(ring_.get());
    ::io_uring_prep_read(entry, file_.file().descriptor(), file_.Room(around).data(),
                         static_cast<unsigned>(around.size), around.offset);
    entry->user_data = slot;
  }

  void Take(unsigned slot, int result) {
    Request& request = requests_[slot];
    if (result >= 0) {
      Count(request, static_cast<std::uint64_t>(result));
    } else if (!IsPassing(-result)) {
      if (result == -EINVAL) refused_ = true;
      Keep(SystemError("IO_READ", path(), "read", -result));
    }
    if (!error_ && request.at < request.end) return Queue(slot);
    idle_.push_back(slot);
  }

  void Count(Request& request, std::uint64_t bytes) {
    const std::uint64_t got = file_.Gained(request.at, request.end, bytes);
    ++report_.read_calls;
    if (got == 0) {
      return Keep(
          {.code = "IO_SHRANK",
           .where = path(),
           .what = fmt::format("ended at {} B, expected {} B", request.at, file_.size_bytes()),
           .hint = "does something write to the file?"});
    }
    request.at += got;
    report_.bytes_read += got;
  }

  void Keep(Error error) {
    if (!error_) error_ = std::move(error);
  }

  const DirectFile& file_;
  const Ring& ring_;
  std::vector<Request> requests_;
  std::vector<unsigned> idle_;
  std::uint64_t next_ = 0;
  std::optional<Error> error_;
  std::atomic<bool>& refused_;
  LoadReport& report_;
};

}  // namespace

Result<void> ReadByUring(DirectFile& file, const SourceOptions& options, LoadReport& report) {
  report.queue_depth = options.queue_depth != 0 ? options.queue_depth : kDefaultDepth;
  const Result<Ring> ring = Ring::Make(report.queue_depth);
  if (!ring) return Fail(ring.error());
  std::atomic<bool> refused = false;
  const auto pass = [&](LoadReport& part) {
    part.chunk_bytes = file.ChunkOf(options.chunk_bytes != 0 ? options.chunk_bytes : kDefaultChunk);
    return Pass(file, *ring, part.queue_depth, refused, part).Run();
  };
  return file.ReadBy(pass, refused, report);
}

Result<std::unique_ptr<Source>> OpenUring(const std::string& path, const SourceOptions& options) {
  LoadReport report;
  Result<DirectFile> file = DirectFile::Open(path, report);
  if (!file) return Fail(std::move(file.error()));
  if (Result<void> done = ReadByUring(*file, options, report); !done) {
    return Fail(std::move(done.error()));
  }
  return std::move(*file).IntoSource(std::move(report));
}

}  // namespace falsify::loaders
