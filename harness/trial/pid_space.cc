#include "harness/trial/pid_space.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "harness/trial/pipes.h"
#include "harness/trial/raw_calls.h"

namespace falsify::harness {
namespace {

constexpr int kLongestEndMilliseconds = 5000;

// With SIGCHLD ignored the kernel reaps for it.
FALSIFY_RAW_CALLS_ONLY void BeInit(int lifeline) {
  const KernelSigaction ignore{.handler = kKernelIgnore, .rest = {}};
  syscall(SYS_rt_sigaction, static_cast<long>(SIGCHLD), &ignore, nullptr, kKernelSignalSetBytes);
  syscall(SYS_dup3, static_cast<long>(lifeline), 0L, 0L);
  syscall(SYS_close_range, 1L, ~0U, 0L);
  char never = 0;
  while (syscall(SYS_read, 0L, &never, 1L) < 0) {
  }
  for (;;) syscall(SYS_exit_group, 0L);
}

tl::unexpected<Error> Failed(const char* what) {
  return Fail(SystemError("TRIAL_SPAWN", "PID namespace", what, errno));
}

}  // namespace

Result<PidSpace> PidSpace::Make() {
  UniqueFd ours(open("/proc/thread-self/ns/pid_for_children", O_RDONLY | O_CLOEXEC));
  if (!ours) return Failed("open our own");
  Result<Pipe> lifeline = MakePipe();
  if (!lifeline) return Fail(lifeline.error());
  const long init =
      syscall(SYS_clone, static_cast<long>(CLONE_NEWPID | SIGCHLD), nullptr, nullptr, nullptr, 0L);
  if (init < 0) return Failed("start its init");
  if (init == 0) BeInit(lifeline->read.get());
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, init, 0L)));
  return PidSpace(static_cast<pid_t>(init), std::move(pidfd), std::move(lifeline->write),
                  std::move(ours));
}

PidSpace::PidSpace(pid_t init, UniqueFd pidfd, UniqueFd lifeline, UniqueFd ours)
    : init_(init),
      pidfd_(std::move(pidfd)),
      lifeline_(std::move(lifeline)),
      ours_(std::move(ours)) {}

PidSpace::PidSpace(PidSpace&& other) noexcept
    : init_(std::exchange(other.init_, -1)),
      pidfd_(std::move(other.pidfd_)),
      lifeline_(std::move(other.lifeline_)),
      ours_(std::move(other.ours_)) {}

PidSpace::~PidSpace() {
  if (init_ < 0) return;
  kill(init_, SIGKILL);
  pollfd ended{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  poll(&ended, 1, kLongestEndMilliseconds);
  waitpid(init_, nullptr, WNOHANG);
}

Result<void> PidSpace::Enter() const {
  if (setns(pidfd_.get(), CLONE_NEWPID) != 0) return Failed("enter it");
  return {};
}

Result<void> PidSpace::Leave() const {
  if (setns(ours_.get(), CLONE_NEWPID) != 0) return Failed("leave it");
  return {};
}

}  // namespace falsify::harness
