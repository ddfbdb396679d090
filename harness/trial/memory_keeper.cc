#include "harness/trial/memory_keeper.h"

#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/guest_memory.h"
#include "harness/trial/pipes.h"

namespace falsify::harness {
namespace {

// A host that has to fetch every page needs about 20 s for 12 GB.
constexpr int kSlowestAnswerMilliseconds = 300'000;
constexpr int kOrders = 0;
constexpr int kAnswers = 3;

/// Numbers are far smaller than what a channel moves at once, so they come whole or not at all.
bool Send(int fd, std::uint64_t number) {
  return write(fd, &number, sizeof(number)) == sizeof(number);
}

/// A socket, because writing to a pipe whose reader was killed would raise SIGPIPE.
bool SendOrder(int fd, std::uint64_t number) {
  return send(fd, &number, sizeof(number), MSG_NOSIGNAL) == sizeof(number);
}

Result<Pipe> MakeOrders() {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Fail(SystemError("TRIAL_SPAWN", "memory keeper", "make a socket", errno));
  }
  const UniqueFd low(ends[0]);
  Pipe pipe{.read = UniqueFd(fcntl(ends[0], F_DUPFD_CLOEXEC, kLowestFd)),
            .write = UniqueFd(ends[1])};
  if (pipe.read) return pipe;
  return Fail(SystemError("TRIAL_SPAWN", "memory keeper", "duplicate a descriptor", errno));
}

bool Receive(int fd, std::uint64_t& number) {
  ssize_t got = 0;
  do {
    got = read(fd, &number, sizeof(number));
  } while (got < 0 && errno == EINTR);
  return got == sizeof(number);
}

bool ReceiveInTime(int fd, std::uint64_t& number) {
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  int polled = 0;
  do {
    polled = poll(&ready, 1, kSlowestAnswerMilliseconds);
  } while (polled < 0 && errno == EINTR);
  return polled == 1 && Receive(fd, number);
}

}  // namespace

MemoryKeeper::MemoryKeeper(std::string executable, std::vector<std::string> arguments)
    : executable_(std::move(executable)), arguments_(std::move(arguments)) {}

MemoryKeeper::~MemoryKeeper() { Stop(); }

Result<void> MemoryKeeper::Start() {
  Result<Pipe> orders = MakeOrders();
  if (!orders) return Fail(orders.error());
  Result<Pipe> answers = MakePipe();
  if (!answers) return Fail(answers.error());
  Result<Pipe> output = MakePipe();
  if (!output) return Fail(output.error());
  SpawnPlan plan{
      .executable = executable_,
      .arguments = {executable_},
      .environment = {},
      .directory = "/",
      .descriptors = {orders->read.get(), output->write.get(), output->write.get(),
                      answers->write.get()},
      .limits = {.file_bytes = 0, .cpu_seconds = std::numeric_limits<std::uint32_t>::max()}};
  plan.arguments.insert(plan.arguments.end(), arguments_.begin(), arguments_.end());
  Result<Spawned> spawned = Spawn(plan);
  if (!spawned) return Fail(spawned.error());
  keeper_ = *std::move(spawned);
  orders_ = std::move(orders->write);
  answers_ = std::move(answers->read);
  return {};
}

void MemoryKeeper::Stop() {
  held_bytes_ = 0;
  if (keeper_.pid < 0) return;
  orders_.Reset();
  answers_.Reset();
  kill(keeper_.pid, SIGKILL);
  while (waitpid(keeper_.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  keeper_ = Spawned{};
}

Result<void> MemoryKeeper::Ask(std::uint64_t bytes) {
  const auto failed = [&](const char* what) {
    Stop();
    return Fail({.code = "METER_MEMORY", .where = "memory keeper", .what = what, .hint = {}});
  };
  if (!SendOrder(orders_.get(), bytes)) return failed("died and took its memory with it");
  std::uint64_t held = 0;
  if (!ReceiveInTime(answers_.get(), held)) return failed("was killed or hangs");
  held_bytes_ = held;
  if (held >= bytes) return {};
  return Fail({.code = "METER_MEMORY",
               .where = "memory keeper",
               .what = fmt::format("cannot hold {} B, holds {} B", bytes, held),
               .hint = {}});
}

Result<void> MemoryKeeper::Hold(std::uint64_t bytes) {
  if (keeper_.pid < 0 && bytes == 0) return {};
  const bool was_running = keeper_.pid >= 0;
  if (!was_running) {
    if (Result<void> started = Start(); !started) return started;
  }
  Result<void> held = Ask(bytes);
  if (held || keeper_.pid >= 0 || !was_running) return held;
  if (Result<void> started = Start(); !started) return started;
  return Ask(bytes);
}

int KeepMemory() {
  TouchedMemory memory;
  std::uint64_t bytes = 0;
  while (Receive(kOrders, bytes)) {
    // What cannot be had shows in the answer.
    static_cast<void>(memory.Resize(bytes).has_value());
    if (!Send(kAnswers, memory.bytes())) break;
  }
  return 0;
}

}  // namespace falsify::harness
