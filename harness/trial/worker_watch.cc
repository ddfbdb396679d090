#include "harness/trial/worker_watch.h"

#include <algorithm>
#include <cstddef>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/trial/answer.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kTailBytes = 4096;
constexpr auto kSamplePeriod = milliseconds(50);
constexpr auto kTermGrace = milliseconds(500);
constexpr auto kKillGrace = std::chrono::seconds(5);
constexpr auto kSweepPeriod = milliseconds(10);
constexpr std::size_t kAnswerDrain = 2;

Clock::duration DurationOf(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

timespec TimeLeft(Clock::time_point until) {
  const auto left = std::max(Clock::duration::zero(), until - Clock::now());
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {.tv_sec = whole.count(), .tv_nsec = (left - whole).count()};
}

void WaitReadable(int fd, Clock::time_point until) {
  pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
  const timespec left = TimeLeft(until);
  ppoll(&wanted, 1, &left, nullptr);
}

// glibc 2.36 declares pidfd_open(2) for C only.
UniqueFd OpenPidFd(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

// A server or a program has been ended when its worker answers; the worker metered it from outside.
bool OutlivesItsSubject(const TrialSpec& spec) {
  return spec.loader.name == "http" || spec.loader.name == "command";
}

// Since Linux 6.2 each CPU may keep this many pages of a process to itself before the common
// counter learns of them (percpu_counter_batch), so two readings may differ by it.
std::uint64_t CounterSlackBytes() {
  const auto cpus = static_cast<std::uint64_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  const std::uint64_t pages = cpus * std::max<std::uint64_t>(32, 2 * cpus);
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

double SecondsOf(Clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

WorkerWatch::WorkerWatch(const TrialSpec& spec, Clock::time_point started, Spawned worker,
                         WorkerOutput output, int stop_fd, const ProcessTree& tree,
                         const WorkerCgroup& cgroup)
    : spec_(spec),
      started_(started),
      worker_(std::move(worker)),
      stop_fd_(stop_fd),
      tree_(tree),
      cgroup_(cgroup),
      stdout_sink_(0),
      stderr_sink_(kTailBytes),
      answer_sink_(kAnswerBytes),
      drains_{Drain(std::move(output.stdout_pipe), &stdout_sink_),
              Drain(std::move(output.stderr_pipe), &stderr_sink_),
              Drain(std::move(output.answer_pipe), &answer_sink_)},
      memory_(worker_.pid),
      next_sample_(started + kSamplePeriod) {}

Ending WorkerWatch::Run() {
  ending_.started = SecondsOf(started_);
  ending_.stop = WaitForEnd();
  ending_.stopped_after = SecondsOf(Clock::now()) - ending_.started;
  if (ending_.stop == Stop::kTimeout) AskToEnd();
  EndTree();
  ending_.reaped_after = SecondsOf(Clock::now()) - ending_.started;
  for (Drain& drain : drains_) drain.Pump();
  ending_.answer = std::string(answer_sink_.head());
  ending_.answer_overflowed = answer_sink_.overflowed();
  ending_.stderr_tail = StderrTail();
  ending_.peak_anon = memory_.peak_anon();
  ending_.peak_rss = memory_.peak_rss();
  return std::move(ending_);
}

Stop WorkerWatch::WaitForEnd() {
  const Clock::time_point deadline = started_ + DurationOf(spec_.timeout_seconds);
  for (;;) {
    if (ended_) return Stop::kItself;
    if (interrupted_) return Stop::kInterrupted;
    if (over_memory_) return Stop::kOverMemory;
    if (Clock::now() >= deadline) return Stop::kTimeout;
    Step(deadline);
  }
}

// A server may have something to put away. Its output is still taken, its memory still watched.
void WorkerWatch::AskToEnd() {
  kill(-worker_.pid, SIGTERM);
  const Clock::time_point deadline = Clock::now() + kTermGrace;
  while (!ended_ && !interrupted_ && !over_memory_ && Clock::now() < deadline) Step(deadline);
}

void WorkerWatch::Step(Clock::time_point until) {
  std::array<pollfd, 5> wanted{};
  for (std::size_t i = 0; i < drains_.size(); ++i) wanted[i] = {drains_[i].fd(), POLLIN, 0};
  wanted[3] = {worker_.pidfd.get(), POLLIN, 0};
  wanted[4] = {stop_fd_, POLLIN, 0};
  const timespec left = TimeLeft(std::min(until, next_sample_));
  if (ppoll(wanted.data(), wanted.size(), &left, nullptr) > 0) {
    if (wanted[kAnswerDrain].revents != 0) NoteAnswer();
    for (std::size_t i = 0; i < drains_.size(); ++i) {
      if (wanted[i].revents != 0) drains_[i].Pump();
    }
    ended_ = wanted[3].revents != 0;
    interrupted_ = wanted[4].revents != 0;
  }
  SampleIfDue();
}

void WorkerWatch::SampleIfDue() {
  const Clock::time_point now = Clock::now();
  if (now < next_sample_) return;
  next_sample_ = now + kSamplePeriod;
  const auto sample = memory_.Sample();
  const std::uint64_t limit = spec_.memory_limit_bytes;
  over_memory_ = sample && limit > 0 && sample->anon > limit;
}

// Whoever answers has finished measuring: no honest claim exceeds what the kernel says from here
// on.
void WorkerWatch::NoteAnswer() {
  const auto sample = memory_.Sample();
  if (sample && !OutlivesItsSubject(spec_)) {
    ending_.peak_rss_cap = sample->peak_rss + CounterSlackBytes();
  }
}

// Nothing is reaped before its group was signalled: until then the group's number cannot be reused.
void WorkerWatch::EndTree() {
  const Clock::time_point deadline = Clock::now() + kKillGrace;
  for (;;) {
    cgroup_.Kill();
    if (!ending_.wait_status) kill(-worker_.pid, SIGKILL);
    const bool reaped = TryReap();
    const std::vector<pid_t> strays = tree_.KillStrays(reaped ? -1 : worker_.pid);
    if (reaped && strays.empty()) return;
    const Clock::time_point now = Clock::now();
    if (now >= deadline) break;
    const Clock::time_point next = std::min(deadline, now + kSweepPeriod);
    if (!reaped) {
      WaitReadable(worker_.pidfd.get(), next);
    } else if (const UniqueFd stray = OpenPidFd(strays.front()); stray) {
      WaitReadable(stray.get(), next);
    }
  }
  ending_.unkillable = true;
}

bool WorkerWatch::TryReap() {
  if (ending_.wait_status) return true;
  int status = 0;
  rusage usage{};
  if (wait4(worker_.pid, &status, WNOHANG, &usage) != worker_.pid) return false;
  ending_.wait_status = status;
  if (ending_.peak_rss_cap == 0 && !OutlivesItsSubject(spec_)) {
    // Never less than the worker's own peak, but our own is folded in at exec.
    ending_.peak_rss_cap = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 + CounterSlackBytes();
  }
  return true;
}

std::string WorkerWatch::StderrTail() const {
  std::string note;
  if (stderr_sink_.dropped() > 0 || stdout_sink_.dropped() > 0) {
    note = fmt::format("[not kept: {} B of stdout, {} earlier B of stderr]\n",
                       stdout_sink_.dropped(), stderr_sink_.dropped());
  }
  std::string tail = ValidUtf8(stderr_sink_.tail());
  const std::size_t room = kTailBytes - note.size();
  if (tail.size() > room) tail.erase(0, tail.size() - room);
  while (!tail.empty() && (static_cast<unsigned char>(tail.front()) & 0xC0U) == 0x80U) {
    tail.erase(0, 1);
  }
  return note + tail;
}

}  // namespace falsify::harness
