#include "harness/workloads/forked.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/clock.h"
#include "harness/meters/file_descriptor.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMostAnswer = std::size_t{64} << 10;

[[noreturn]] void Answer(int to, const std::function<std::string()>& work) {
  const std::string text = work();
  std::size_t written = 0;
  while (written < text.size() && written < kMostAnswer) {
    const ssize_t put = write(to, text.data() + written, text.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    written += static_cast<std::size_t>(put);
  }
  _exit(0);
}

/// Reads until the other end closes or the time is up; false if it is.
bool ReadAll(int from, double until, std::string& text) {
  for (;;) {
    const double left = until - MonotonicSeconds();
    if (left <= 0) return false;
    pollfd ready = {from, POLLIN, 0};
    const int polled = poll(&ready, 1, static_cast<int>(left * 1000) + 1);
    if (polled < 0 && errno != EINTR) return false;
    if (polled <= 0) continue;
    std::array<char, 4096> piece;
    const ssize_t got = read(from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    if (text.size() < kMostAnswer) text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<ForkedEnd> RunForked(const std::function<std::string()>& work, double seconds) {
  int ends[2];
  if (pipe(ends) != 0) return Fail(SystemError("WORKER_FORK", "worker", "pipe", errno));
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return Fail(SystemError("WORKER_FORK", "worker", "fork", errno));
  if (pid == 0) Answer(to.get(), work);
  to = FileDescriptor(-1);
  ForkedEnd end;
  const bool closed = ReadAll(from.get(), MonotonicSeconds() + seconds, end.text);
  if (!closed) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!closed) {
    end.cause = fmt::format("stopped after {:.0f} s", seconds);
  } else if (WIFSIGNALED(status)) {
    end.cause = fmt::format("killed by signal {}", WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    end.cause = fmt::format("exited with {}", WEXITSTATUS(status));
  } else if (end.text.empty()) {
    end.cause = "ended without an answer";
  }
  return end;
}

}  // namespace falsify::harness
