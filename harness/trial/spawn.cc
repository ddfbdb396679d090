#include "harness/trial/spawn.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <memory>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/trial/raw_calls.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kStackBytes = 64 << 10;
constexpr std::uint64_t kCpuGraceSeconds = 5;  // from SIGXCPU to SIGKILL
constexpr int kSignals = 64;

// A sanitizer's shadow of the address space is private memory too.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCountsOwnMemoryOnly = false;
#else
constexpr bool kCountsOwnMemoryOnly = true;
#endif

struct Limit {
  long resource;
  std::uint64_t values[2];  // soft, hard: struct rlimit64
};

// All that the child needs, laid out before it exists: it cannot allocate.
struct Orders {
  const char* executable;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int descriptors[4];
  Limit limits[5];
  int memory_procs;
  int fence;
  std::uint64_t proc_access;
  bool own_network;
  bool own_processes;
  pid_t parent;
  const char* failed_step;  // set by the child, read by us
  int failed_errno;
};

FALSIFY_RAW_CALLS_ONLY void GiveUp(Orders* orders, const char* step) {
  orders->failed_step = step;
  orders->failed_errno = errno;
  for (;;) syscall(SYS_exit_group, 127);
}

FALSIFY_RAW_CALLS_ONLY void ResetSignals() {
  KernelSigaction action{};
  for (long number = 1; number <= kSignals; ++number) {
    // A write past RLIMIT_FSIZE is to fail, not to kill.
    action.handler = number == SIGXFSZ ? kKernelIgnore : kKernelDefault;
    syscall(SYS_rt_sigaction, number, &action, nullptr, kKernelSignalSetBytes);
  }
}

// Best effort: without it the kernel may pick the harness instead.
FALSIFY_RAW_CALLS_ONLY void VolunteerForOomKill() {
  const long fd =
      syscall(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return;
  syscall(SYS_write, fd, "1000", 4L);
  syscall(SYS_close, fd);
}

// A fresh network namespace has a loopback device that is down.
FALSIFY_RAW_CALLS_ONLY void LeaveTheNetwork(Orders* orders) {
  if (syscall(SYS_unshare, static_cast<long>(CLONE_NEWNET)) != 0) {
    GiveUp(orders, "leave the network");
  }
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  const long probe = syscall(SYS_socket, static_cast<long>(AF_INET),
                             static_cast<long>(SOCK_DGRAM | SOCK_CLOEXEC), 0L);
  if (probe < 0 || syscall(SYS_ioctl, probe, static_cast<long>(SIOCSIFFLAGS), &loopback) != 0) {
    GiveUp(orders, "bring loopback up");
  }
  syscall(SYS_close, probe);
}

// In the host's /proc it would look for its children under its own numbers and find others. The
// fence has a rule for the host's; this one gets the same.
FALSIFY_RAW_CALLS_ONLY void MountOwnProc(Orders* orders) {
  if (syscall(SYS_unshare, static_cast<long>(CLONE_NEWNS)) != 0 ||
      syscall(SYS_mount, nullptr, "/", nullptr, static_cast<long>(MS_REC | MS_PRIVATE), nullptr) !=
          0 ||
      syscall(SYS_mount, "proc", "/proc", "proc",
              static_cast<long>(MS_NOSUID | MS_NODEV | MS_NOEXEC), nullptr) != 0) {
    GiveUp(orders, "mount a /proc of its own");
  }
  if (orders->fence < 0) return;
  const long proc = syscall(SYS_openat, AT_FDCWD, "/proc", O_PATH | O_CLOEXEC, 0);
  landlock_path_beneath_attr rule{};
  rule.allowed_access = orders->proc_access;
  rule.parent_fd = static_cast<int>(proc);
  if (syscall(SYS_landlock_add_rule, static_cast<long>(orders->fence),
              static_cast<long>(LANDLOCK_RULE_PATH_BENEATH), &rule, 0L) != 0) {
    GiveUp(orders, "open its fence for its /proc");
  }
  syscall(SYS_close, proc);
}

FALSIFY_RAW_CALLS_ONLY void Confine(Orders* orders) {
  if (orders->own_processes) MountOwnProc(orders);
  if (orders->own_network) LeaveTheNetwork(orders);
  if (syscall(SYS_setsid) < 0) GiveUp(orders, "start a session");
  if (syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L) != 0) {
    GiveUp(orders, "tie itself to the harness");
  }
  // From a PID namespace the harness is not seen; there the init sees to it.
  if (!orders->own_processes && syscall(SYS_getppid) != orders->parent) {
    errno = ESRCH;
    GiveUp(orders, "find the harness alive");
  }
  if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) {
    GiveUp(orders, "renounce privileges");
  }
  for (const Limit& limit : orders->limits) {
    if (syscall(SYS_prlimit64, 0L, limit.resource, limit.values, nullptr) != 0) {
      GiveUp(orders, "set its limits");
    }
  }
  if (orders->memory_procs >= 0 && syscall(SYS_write, orders->memory_procs, "0", 1L) != 1) {
    GiveUp(orders, "join its memory cgroup");
  }
  VolunteerForOomKill();
  if (orders->fence >= 0 &&
      syscall(SYS_landlock_restrict_self, static_cast<long>(orders->fence), 0L) != 0) {
    GiveUp(orders, "fence itself in");
  }
}

FALSIFY_RAW_CALLS_ONLY int RunChild(void* argument) {
  Orders* orders = static_cast<Orders*>(argument);
  ResetSignals();
  Confine(orders);
  for (long target = 0; target < 4; ++target) {
    if (syscall(SYS_dup3, orders->descriptors[target], target, 0L) < 0) {
      GiveUp(orders, "place its descriptors");
    }
  }
  if (syscall(SYS_chdir, orders->directory) != 0) GiveUp(orders, "enter its directory");
  if (syscall(SYS_close_range, 4L, ~0U, 0L) != 0) GiveUp(orders, "close other descriptors");
  const std::uint64_t no_signals = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, nullptr, kKernelSignalSetBytes);
  syscall(SYS_execve, orders->executable, orders->arguments, orders->environment);
  GiveUp(orders, "execute");
  return 0;
}

// clone3(2) for a child that shares our memory and starts in a cgroup: joining one later would cost
// a grace period of the kernel, and glibc has no wrapper. Returns -errno like the kernel.
long CloneIntoCgroup([[maybe_unused]] clone_args* how, [[maybe_unused]] Orders* orders) {
#if defined(__x86_64__)
  long result = SYS_clone3;
  int (*entry)(void*) = &RunChild;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %[orders], %%rdi\n\t"
      "call *%[entry]\n\t"
      "ud2\n"
      "1:"
      : "+a"(result)
      : "D"(how), "S"(sizeof(*how)), [entry] "r"(entry), [orders] "r"(orders)
      : "rcx", "r11", "memory");
  return result;
#else
  return -ENOSYS;
#endif
}

// Returns the pid, or -errno. The caller is suspended until the child has executed or given up.
long CloneChild(int cgroup, Orders* orders, int* pidfd) {
  constexpr unsigned kFlags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
  const auto stack = std::make_unique<std::byte[]>(kStackBytes);
  if (cgroup >= 0) {
    clone_args how{};
    how.flags = CLONE_INTO_CGROUP | kFlags;
    how.pidfd = reinterpret_cast<std::uintptr_t>(pidfd);
    how.exit_signal = SIGCHLD;
    how.stack = reinterpret_cast<std::uintptr_t>(stack.get());
    how.stack_size = kStackBytes;
    how.cgroup = static_cast<__u64>(cgroup);
    const long pid = CloneIntoCgroup(&how, orders);
    if (pid > 0) return pid;
  }
  const int pid = clone(&RunChild, stack.get() + kStackBytes, static_cast<int>(kFlags | SIGCHLD),
                        orders, pidfd);
  return pid > 0 ? pid : -errno;
}

// Raising a hard limit needs a privilege; lowering it does not.
Limit LimitTo(__rlimit_resource resource, std::uint64_t soft, std::uint64_t hard) {
  rlimit now{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  getrlimit(resource, &now);
  const std::uint64_t most = now.rlim_max;
  return {.resource = resource, .values = {std::min(soft, most), std::min(hard, most)}};
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<Spawned> Spawn(const SpawnPlan& plan) {
  const std::vector<char*> arguments = Pointers(plan.arguments);
  const std::vector<char*> environment = Pointers(plan.environment);
  const std::uint64_t cpu = plan.limits.cpu_seconds;
  const std::uint64_t file = plan.limits.file_bytes;
  const bool limits_data = plan.limit_data && plan.limits.memory_bytes != 0 && kCountsOwnMemoryOnly;
  const std::uint64_t data = limits_data ? plan.limits.memory_bytes : RLIM_INFINITY;
  Orders orders{
      .executable = plan.executable.c_str(),
      .arguments = arguments.data(),
      .environment = environment.data(),
      .directory = plan.directory.c_str(),
      .descriptors = {},
      .limits = {LimitTo(RLIMIT_CORE, 0, 0), LimitTo(RLIMIT_CPU, cpu, cpu + kCpuGraceSeconds),
                 LimitTo(RLIMIT_FSIZE, file, file), LimitTo(RLIMIT_DATA, data, data),
                 LimitTo(RLIMIT_NOFILE, WorkerLimits::kDescriptors, WorkerLimits::kDescriptors)},
      .memory_procs = plan.memory_procs,
      .fence = plan.fence,
      .proc_access = plan.proc_access,
      .own_network = plan.own_network,
      .own_processes = plan.processes != nullptr,
      .parent = getpid(),
      .failed_step = nullptr,
      .failed_errno = 0};
  std::copy(plan.descriptors.begin(), plan.descriptors.end(), orders.descriptors);

  if (plan.processes != nullptr) {
    if (Result<void> in = plan.processes->Enter(); !in) return Fail(in.error());
  }
  // A handler of ours must not run in the child while it shares our memory.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  const long pid = CloneChild(plan.cgroup, &orders, &pidfd);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const Result<void> back = plan.processes == nullptr ? Result<void>() : plan.processes->Leave();

  if (pid < 0) {
    return Fail(SystemError("TRIAL_SPAWN", "worker", "start a process", static_cast<int>(-pid)));
  }
  Spawned spawned{.pid = static_cast<pid_t>(pid), .pidfd = UniqueFd(pidfd)};
  if (orders.failed_step == nullptr && back) return spawned;
  kill(spawned.pid, SIGKILL);
  waitpid(spawned.pid, nullptr, 0);
  if (!back) return Fail(back.error());
  return Fail(SystemError("TRIAL_SPAWN", plan.executable, orders.failed_step, orders.failed_errno));
}

}  // namespace falsify::harness
