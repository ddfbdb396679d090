#include "harness/trial/process_tree.h"

#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <signal.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/trial/small_file.h"

namespace falsify::harness {
namespace {

constexpr int kSessionField = 6;  // of /proc/PID/stat, from 1
constexpr int kStartField = 22;

template <class Number>
bool ToNumber(std::string_view text, Number* into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *into);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view NextWord(std::string_view* text) {
  const std::size_t begin = std::min(text->find_first_not_of(" \n"), text->size());
  text->remove_prefix(begin);
  const std::size_t length = std::min(text->find_first_of(" \n"), text->size());
  const std::string_view word = text->substr(0, length);
  text->remove_prefix(length);
  return word;
}

bool HasNoChildren() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

void KeepZombies() {
  struct sigaction action {};
  sigaction(SIGCHLD, nullptr, &action);
  if (action.sa_handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
}

void AppendChildrenOfThread(const char* thread, std::vector<ProcessStat>* children) {
  const std::string text = ReadSmallFile(fmt::format("/proc/self/task/{}/children", thread));
  std::string_view rest = text;
  for (auto word = NextWord(&rest); !word.empty(); word = NextWord(&rest)) {
    const auto stat = ParseProcessStat(ReadSmallFile(fmt::format("/proc/{}/stat", word)));
    if (stat) children->push_back(*stat);
  }
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(std::string_view stat) {
  ProcessStat parsed;
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = stat;
  if (!ToNumber(NextWord(&rest), &parsed.id.pid)) return std::nullopt;
  rest = stat.substr(name_end + 1);
  for (int field = 3; field <= kStartField; ++field) {
    const std::string_view word = NextWord(&rest);
    const bool valid = field == kSessionField ? ToNumber(word, &parsed.session)
                       : field == kStartField ? ToNumber(word, &parsed.id.start_ticks)
                                              : !word.empty();
    if (!valid) return std::nullopt;
  }
  return parsed;
}

std::vector<ProcessStat> Children() {
  std::vector<ProcessStat> children;
  if (HasNoChildren()) return children;
  const std::unique_ptr<DIR, int (*)(DIR*)> threads(opendir("/proc/self/task"), &closedir);
  if (threads == nullptr) return children;
  while (const dirent* thread = readdir(threads.get())) {
    if (thread->d_name[0] != '.') AppendChildrenOfThread(thread->d_name, &children);
  }
  return children;
}

Result<ProcessTree> ProcessTree::Watch() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) != 0) {
    return Fail(SystemError("TRIAL_SPAWN", "worker", "adopt orphaned processes", errno));
  }
  KeepZombies();
  std::set<ProcessId> before;
  for (const ProcessStat& child : Children()) before.insert(child.id);
  return ProcessTree(std::move(before));
}

std::vector<pid_t> ProcessTree::KillStrays(pid_t worker) const {
  const pid_t our_session = getsid(0);
  std::vector<pid_t> found;
  for (const ProcessStat& child : Children()) {
    const pid_t pid = child.id.pid;
    if (pid == worker || child.session == our_session || before_.contains(child.id)) continue;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, WNOHANG);
    found.push_back(pid);
  }
  return found;
}

}  // namespace falsify::harness
