#include "loaders/external/server_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "loaders/external/spawn_group.h"

namespace falsify::loaders {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(1);

}  // namespace

Result<ServerProcess> ServerProcess::Start(const std::vector<std::string>& command) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return Fail(SystemError("HTTP_START", "/dev/null", "open", errno));
  const std::array<std::pair<int, int>, 2> descriptors = {
      {{nothing, STDIN_FILENO}, {STDERR_FILENO, STDOUT_FILENO}}};
  pid_t pid = -1;
  const int failed = SpawnGroup(command, descriptors, pid);
  ::close(nothing);
  if (failed != 0) {
    return Fail(SystemError("HTTP_START", command.front(), "start the server", failed));
  }
  return ServerProcess(pid);
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), ended_(std::move(other.ended_)) {}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  if (ended_) return;
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<std::string> ServerProcess::HowItEnded() {
  int status = 0;
  if (ended_ || ::waitpid(pid_, &status, WNOHANG) != pid_) return ended_;
  ended_ = WIFSIGNALED(status) ? fmt::format("was killed by signal {}", WTERMSIG(status))
                               : fmt::format("exited with {}", WEXITSTATUS(status));
  return ended_;
}

ServerProcess::Stopped ServerProcess::Stop(std::chrono::duration<double> grace) {
  const auto asked = Clock::now();
  const auto so_far = [&] { return std::chrono::duration<double>(Clock::now() - asked).count(); };
  if (HowItEnded()) return {};
  ::kill(pid_, SIGTERM);
  while (so_far() < grace.count()) {
    if (HowItEnded()) return {so_far(), false};
    std::this_thread::sleep_for(kPoll);
  }
  ::kill(-pid_, SIGKILL);
  while (!HowItEnded()) std::this_thread::sleep_for(kPoll);
  return {so_far(), true};
}

}  // namespace falsify::loaders
