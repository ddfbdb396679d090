#include "harness/cli/own_command.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/trial/unique_fd.h"

namespace falsify::cli {
namespace {

constexpr const char* kOwnBinary = "/proc/self/exe";

tl::unexpected<Error> Failed(const std::string& where, std::string what) {
  return Fail({.code = "OWN_COMMAND", .where = where, .what = std::move(what), .hint = {}});
}

Result<pid_t> Start(const std::vector<std::string>& arguments, int output,
                    const std::string& where) {
  std::vector<char*> argv = {const_cast<char*>("falsify")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, kOwnBinary, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Fail(SystemError("OWN_COMMAND", where, "start a process", failed));
  return pid;
}

std::string ReadToEnd(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string LastLine(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  const std::size_t before = text.rfind('\n');
  return before == std::string::npos ? text : text.substr(before + 1);
}

}  // namespace

Result<std::string> RunOwnCommand(const std::vector<std::string>& arguments,
                                  const std::string& where) {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Fail(SystemError("OWN_COMMAND", where, "make a pipe", errno));
  }
  const harness::UniqueFd reading(ends[0]);
  harness::UniqueFd writing(ends[1]);
  const Result<pid_t> pid = Start(arguments, writing.get(), where);
  if (!pid) return Fail(pid.error());
  writing.Reset();
  const std::string output = ReadToEnd(reading.get());
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return Fail(SystemError("OWN_COMMAND", where, "wait for it", errno));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return LastLine(output);
  return Failed(where, WIFSIGNALED(status)
                           ? fmt::format("falsify {} was killed by signal {}", arguments.front(),
                                         WTERMSIG(status))
                           : fmt::format("falsify {} failed, see above", arguments.front()));
}

}  // namespace falsify::cli
