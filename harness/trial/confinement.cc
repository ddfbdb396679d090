#include "harness/trial/confinement.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

namespace fs = std::filesystem;

/// Programs, libraries and what they look up. Not /home, /root, /tmp, /var, /run.
constexpr std::array kSystem = {"/usr", "/bin",  "/sbin", "/lib", "/lib32", "/lib64",
                                "/etc", "/proc", "/sys",  "/dev", "/opt"};
constexpr std::size_t kMostBeside = 1000;

/// What `tries` answers in a child of its own: this process keeps what it has.
bool InAChild(bool (*tries)()) {
  const pid_t child = fork();
  if (child == 0) _exit(tries() ? 0 : 1);
  int status = 1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool LeaveTheNetwork() { return unshare(CLONE_NEWNET) == 0; }

/// A container may forbid the mount and allow the rest.
bool MountOwnProc() {
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

bool LeaveTheProcesses() {
  return unshare(CLONE_NEWPID | CLONE_NEWNS) == 0 && InAChild(&MountOwnProc);
}

/// One that runs already: nothing of it is in a process of ours but the client.
bool IsForeignServer(const loaders::LoaderChoice& loader) {
  return loader.name == "http" && loader.program.empty();
}

void AddFolderOf(const fs::path& path, std::set<std::string>& folders) {
  std::error_code error;
  const bool is_folder = fs::is_directory(path, error);
  folders.insert(is_folder ? path.string() : path.parent_path().string());
  const fs::path real = fs::weakly_canonical(path, error);
  if (!error) folders.insert(is_folder ? real.string() : real.parent_path().string());
}

/// Hugging Face's cache is made of links to files that lie elsewhere.
void AddWhatLinksLeadTo(const fs::path& folder, std::set<std::string>& folders) {
  std::error_code error;
  std::size_t looked_at = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (++looked_at > kMostBeside) return;
    std::error_code ignored;
    if (entry->is_symlink(ignored)) AddFolderOf(entry->path(), folders);
  }
}

}  // namespace

Confinement::Confinement(Sandbox level, std::string scratch, std::vector<std::string> writable)
    : level_(level), writable_(std::move(writable)) {
  writable_.push_back(std::move(scratch));
  if (level_ != Sandbox::kContain) {
    own_network_ = InAChild(&LeaveTheNetwork);
    own_processes_ = InAChild(&LeaveTheProcesses);
  }
  const Fence fence = Fence::Make(RulesFor({}));
  keeps_from_ = fence.keeps_from();
  keeps_from_tcp_ = fence.keeps_from_tcp();
}

FenceRules Confinement::RulesFor(const TrialSpec& spec) const {
  FenceRules rules = {.writable = writable_};
  if (level_ == Sandbox::kContain) return rules;
  rules.limits_reading = true;
  // A server needs TCP; a namespace leaves it loopback and nothing else.
  rules.tcp = own_network_ || spec.loader.name == "http";
  std::set<std::string> folders;
  AddFolderOf("/proc/self/exe", folders);
  if (!spec.model_path.empty()) {
    AddFolderOf(spec.model_path, folders);
    const fs::path path = spec.model_path;
    std::error_code error;
    AddWhatLinksLeadTo(fs::is_directory(path, error) ? path : path.parent_path(), folders);
  }
  for (const std::string& word : spec.loader.program) {
    std::error_code error;
    if (fs::path(word).is_absolute() && fs::exists(word, error)) AddFolderOf(word, folders);
  }
  for (const std::string& path : spec.malformed) AddFolderOf(path, folders);
  rules.readable.assign(kSystem.begin(), kSystem.end());
  rules.readable.insert(rules.readable.end(), folders.begin(), folders.end());
  return rules;
}

Fence Confinement::FenceFor(const TrialSpec& spec) const {
  // From behind a fence no process outside of it can be metered.
  return IsForeignServer(spec.loader) ? Fence() : Fence::Make(RulesFor(spec));
}

std::string Confinement::Text() const {
  if (level_ == Sandbox::kContain) return "Landlock against " + keeps_from_;
  const char* network = own_network_      ? "a network of its own, loopback only"
                        : keeps_from_tcp_ ? "Landlock against TCP"
                                          : "the host's network";
  return fmt::format("Landlock against {}, and against reading but system, model and loader; {}{}",
                     keeps_from_, network, own_processes_ ? ", processes of its own" : "");
}

std::string Confinement::Missing(const loaders::LoaderChoice& loader) const {
  if (level_ == Sandbox::kContain) return {};
  if (IsForeignServer(loader)) {
    return "a sandboxed trial can neither reach nor meter a server that it has not started";
  }
  if (level_ != Sandbox::kRequired) return {};
  if (keeps_from_ == "none") return "sandbox: required, and this kernel has no Landlock";
  const bool no_network = own_network_ || (keeps_from_tcp_ && loader.name != "http");
  return no_network ? "" : "sandbox: required, and nothing keeps workers from the network here";
}

}  // namespace falsify::harness
