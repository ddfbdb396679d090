#include "harness/trial/pipes.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr std::size_t kMostHeld = 1 << 20;  // /proc/sys/fs/pipe-max-size unless it was changed

bool MoveUp(UniqueFd* fd) {
  if (fd->get() >= kLowestFd) return true;
  UniqueFd moved(fcntl(fd->get(), F_DUPFD_CLOEXEC, kLowestFd));
  if (!moved) return false;
  *fd = std::move(moved);
  return true;
}

Error DoesNotFit(std::string_view text) {
  return {.code = "TRIAL_SPAWN",
          .where = "worker",
          .what = fmt::format("a spec of {} B does not fit into a pipe", text.size()),
          .hint = {}};
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Fail(SystemError("TRIAL_SPAWN", "worker", "create a pipe", errno));
  }
  Pipe pipe{.read = UniqueFd(ends[0]), .write = UniqueFd(ends[1])};
  const bool ready =
      MoveUp(&pipe.read) && MoveUp(&pipe.write) && fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) == 0;
  if (!ready) return Fail(SystemError("TRIAL_SPAWN", "worker", "set up a pipe", errno));
  return pipe;
}

Result<UniqueFd> PipeHolding(std::string_view text) {
  if (text.size() > kMostHeld) return Fail(DoesNotFit(text));
  auto pipe = MakePipe();
  if (!pipe) return Fail(std::move(pipe.error()));
  const int write_fd = pipe->write.get();
  const int capacity = fcntl(write_fd, F_GETPIPE_SZ);
  if (capacity < 0 || text.size() > static_cast<std::size_t>(capacity)) {
    fcntl(write_fd, F_SETPIPE_SZ, static_cast<int>(text.size()));  // if refused, the write is short
  }
  const bool ready =
      fcntl(write_fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(pipe->read.get(), F_SETFL, 0) == 0;
  if (!ready) return Fail(SystemError("TRIAL_SPAWN", "worker", "set up a pipe", errno));
  const ssize_t written = write(write_fd, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) return Fail(DoesNotFit(text));
  return std::move(pipe->read);
}

void TailSink::Take(std::string_view bytes) {
  if (bytes.size() > keep_) {
    dropped_ += bytes.size() - keep_;
    bytes.remove_prefix(bytes.size() - keep_);
  }
  const std::size_t total = kept_.size() + bytes.size();
  const std::size_t excess = total > keep_ ? total - keep_ : 0;
  kept_.erase(0, excess);
  dropped_ += excess;
  kept_.append(bytes);
}

std::string_view TailSink::tail() const {
  std::string_view tail = kept_;
  while (dropped_ > 0 && !tail.empty() && IsContinuation(tail.front())) tail.remove_prefix(1);
  return tail;
}

void HeadSink::Take(std::string_view bytes) {
  const std::size_t room = keep_ - kept_.size();
  if (bytes.size() > room) overflowed_ = true;
  kept_.append(bytes.substr(0, room));
}

void Drain::Pump() {
  std::array<char, kBufferBytes> buffer;
  for (std::size_t taken = 0; fd_ && taken < kMostAtOnce;) {
    const ssize_t got = read(fd_.get(), buffer.data(), buffer.size());
    if (got > 0) {
      sink_->Take({buffer.data(), static_cast<std::size_t>(got)});
      taken += static_cast<std::size_t>(got);
    } else if (got < 0 && errno == EAGAIN) {
      return;
    } else if (got == 0 || errno != EINTR) {
      fd_.Reset();
    }
  }
}

}  // namespace falsify::harness
