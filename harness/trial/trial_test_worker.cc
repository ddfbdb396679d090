// A worker that misbehaves on request: what to do is the loader's name in its spec, its parameters
// are the loader's options.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/trial/json_text.h"
#include "harness/trial/memory_keeper.h"
#include "harness/trial/memory_watch.h"
#include "harness/trial/small_file.h"
#include "harness/trial/worker_cgroup.h"
#include "harness/trial/worker_io.h"

namespace falsify::harness {
namespace {

constexpr int kRawAnswer = 60;  // a second way to the parent, past WriteAnswer
constexpr int kPatience = 100;  // seconds; longer than any test waits

int Answer(const TrialSpec& spec, const Observation& observation = {}) {
  const auto written = WriteAnswer(spec, observation);
  if (!written) std::fprintf(stderr, "%s\n", written.error().Line().c_str());
  return written ? 0 : 4;
}

void AnswerRaw(std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = write(kRawAnswer, text.data(), text.size());
    if (put <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string Option(const TrialSpec& spec, const std::string& name) {
  const auto found = spec.loader.options.find(name);
  return found == spec.loader.options.end() ? std::string() : found->second;
}

std::uint64_t Bytes(const TrialSpec& spec, const std::string& name) {
  const std::string text = Option(spec, name);
  return text.empty() ? 0 : std::stoull(text);
}

void Signal(int number) {
  signal(number, SIG_DFL);  // sanitizers handle some of them
  raise(number);
}

void NotePid(const TrialSpec& spec) {
  std::ofstream(Option(spec, "pids"), std::ios::app) << getpid() << std::endl;
}

void Wait() { sleep(kPatience); }

// Maps and touches fresh pages, so that they are resident at once.
void Touch(std::uint64_t bytes) {
  if (bytes == 0) return;
  void* map = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (map == MAP_FAILED) std::exit(5);
  static volatile char* keep;
  keep = static_cast<char*>(map);
  for (std::uint64_t at = 0; at < bytes; at += 4096) keep[at] = 1;
}

// Forks a process that runs `work` and ends.
template <class Work>
void Fork(Work work) {
  if (fork() != 0) return;
  work();
  _exit(0);
}

int Ok(const TrialSpec& spec) {
  Observation observation;
  observation.measures["load_time"] = 1e-6;
  observation.phases = {{.name = "open", .seconds = 1e-6}};
  observation.total_seconds = 1e-6;
  return Answer(spec, observation);
}

// Answers with the observation in its option, whatever it claims.
int Claim(const TrialSpec& spec) {
  const auto json = ParseBounded(Option(spec, "observation"), 16, 1 << 20);
  return Answer(spec, *ObservationFromJson(*json));
}

int Bus(const TrialSpec& spec) {
  const int fd = open(spec.model_path.c_str(), O_RDWR | O_CLOEXEC);
  const volatile char* map = static_cast<char*>(mmap(nullptr, 8192, PROT_READ, MAP_SHARED, fd, 0));
  if (truncate(spec.model_path.c_str(), 10) != 0) return 5;
  signal(SIGBUS, SIG_DFL);
  return map[4096];
}

int Stale(const TrialSpec& spec) {
  TrialSpec other = spec;
  other.nonce += "x";
  return Answer(other);
}

int CloseEverything(const TrialSpec& spec) {
  for (int fd = 0; fd < 1024; ++fd) close(fd);
  return Answer(spec) == 0 ? 6 : 0;
}

int Flood(const TrialSpec& spec) {
  const std::string line = std::string(65535, 'x') + "\n";
  const std::uint64_t bytes = Bytes(spec, "bytes");
  for (std::uint64_t done = 0; done < bytes; done += line.size()) {
    if (write(STDOUT_FILENO, line.data(), line.size()) <= 0) return 5;
    if (write(STDERR_FILENO, line.data(), line.size()) <= 0) return 5;
  }
  std::fputs("the end\n", stderr);
  return Answer(spec);
}

int Hang(const TrialSpec& spec) {
  NotePid(spec);
  Touch(Bytes(spec, "touch"));
  Wait();
  return 0;
}

// Which processes there are, as far as it sees.
int Processes(const TrialSpec& spec) {
  std::set<int> seen;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") == std::string::npos) seen.insert(std::stoi(name));
  }
  std::string text = "processes:";
  for (const int pid : seen) text += " " + std::to_string(pid);
  std::fprintf(stderr, "%s\n", text.c_str());
  return Ok(spec);
}

// 2 GiB that is in no process's RssAnon.
int ShareMemory(const TrialSpec& spec) {
  constexpr std::size_t kBytes = std::size_t{2} << 30;
  void* map = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return 5;
  for (std::size_t at = 0; at < kBytes; at += 4096) static_cast<volatile char*>(map)[at] = 1;
  return Ok(spec);
}

int Stubborn(const TrialSpec& spec) {
  signal(SIGTERM, SIG_IGN);
  return Hang(spec);
}

// Ends in an orderly way when asked to.
int Polite(const TrialSpec& spec) {
  signal(SIGTERM, [](int) { _exit(7); });
  return Hang(spec);
}

int AnswerAndHang(const TrialSpec& spec) {
  const int code = Answer(spec);
  Wait();
  return code;
}

// A daemon as the books have it: its parent is gone, its session is its own.
int Daemon(const TrialSpec& spec) {
  int ready[2];
  if (pipe(ready) != 0) return 5;
  Fork([&] {
    setsid();
    Fork([&] {
      setsid();
      signal(SIGTERM, SIG_IGN);
      NotePid(spec);
      close(ready[1]);
      Wait();
    });
  });
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) != 0) return 5;
  return Answer(spec);
}

int Background(const TrialSpec& spec) {
  Fork([&] {
    NotePid(spec);
    Wait();
  });
  return Answer(spec);
}

// Thirty processes, every other one in a session of its own, each the parent of the next but one.
int Bomb(const TrialSpec& spec) {
  for (int i = 0; i < 15; ++i) {
    Fork([&] {
      setsid();
      Fork([&] {
        NotePid(spec);
        Wait();
      });
      NotePid(spec);
      Wait();
    });
  }
  Wait();
  return 0;
}

int Litter(const TrialSpec& spec) {
  namespace fs = std::filesystem;
  std::ofstream("litter") << "x";
  fs::create_directories("deep/er");
  std::ofstream("deep/er/litter") << "x";
  fs::create_directory_symlink(fs::path(spec.model_path).parent_path(), "link");
  std::fprintf(stderr, "%s", fs::current_path().c_str());
  return Answer(spec);
}

int HalfCharacter(const TrialSpec&) {
  std::fputs("caf\xc3", stderr);
  return 3;
}

int PeakRss(const TrialSpec& spec) {
  Touch(Bytes(spec, "touch"));
  const auto sample = ParseMemorySample(ReadSmallFile("/proc/self/status"));
  Observation observation;
  observation.measures["seen_peak"] = static_cast<double>(sample->peak_rss);
  return Answer(spec, observation);
}

std::string OpenDescriptors() {
  std::string list;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), &closedir);
  for (int fd = 0; fd < 1024; ++fd) {
    const bool is_ours = fd == kRawAnswer || fd == dirfd(directory.get());
    if (!is_ours && fcntl(fd, F_GETFD) >= 0) list += fmt::format("{} ", fd);
  }
  return list;
}

std::uint64_t SoftLimit(__rlimit_resource resource) {
  rlimit limit{};
  getrlimit(resource, &limit);
  return limit.rlim_cur;
}

// Prints what the worker was given, one "name: value" a line.
int Describe(const TrialSpec& spec) {
  int death_signal = 0;
  prctl(PR_GET_PDEATHSIG, &death_signal);
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, nullptr, &blocked);
  std::string text = fmt::format(
      "descriptors: {}\nleader: {}\ndeath_signal: {}\nno_new_privs: {}\ncore: {}\nfile: {}\n"
      "cpu: {}\nnofile: {}\nfree_address_space: {}\noom_score_adj: {}usr1_blocked: "
      "{}\nusr2_default: {}\n"
      "cwd: {}\nmodel_path: {}\ncgroup: {}\n",
      OpenDescriptors(), getsid(0) == getpid() && getpgrp() == getpid(), death_signal,
      prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), SoftLimit(RLIMIT_CORE), SoftLimit(RLIMIT_FSIZE),
      SoftLimit(RLIMIT_CPU), SoftLimit(RLIMIT_NOFILE), SoftLimit(RLIMIT_AS) == RLIM_INFINITY,
      ReadSmallFile("/proc/self/oom_score_adj"), sigismember(&blocked, SIGUSR1),
      signal(SIGUSR2, SIG_DFL) == SIG_DFL, std::filesystem::current_path().string(),
      spec.model_path, ParseOwnCgroup(ReadSmallFile("/proc/self/cgroup")));
  for (char** variable = environ; *variable != nullptr; ++variable) {
    text += fmt::format("env: {}\n", *variable);
  }
  std::fputs(text.c_str(), stderr);
  return Answer(spec);
}

// A write past the file-size limit fails instead of killing.
int WriteTooMuch(const TrialSpec& spec) {
  const rlimit small{.rlim_cur = 100, .rlim_max = 100};
  setrlimit(RLIMIT_FSIZE, &small);
  const int fd = open("big", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string text(200, 'x');
  const bool first_is_cut = write(fd, text.data(), text.size()) == 100;
  const bool second_fails = write(fd, text.data(), text.size()) < 0 && errno == EFBIG;
  return first_is_cut && second_fails ? Answer(spec) : 5;
}

struct Behaviour {
  std::string_view name;
  int (*run)(const TrialSpec& spec);
};

constexpr std::array kBehaviours = {
    Behaviour{"ok", &Ok},
    Behaviour{"claim", &Claim},
    Behaviour{"segv", [](const TrialSpec&) { return Signal(SIGSEGV), 0; }},
    Behaviour{"abort", [](const TrialSpec&) { return Signal(SIGABRT), 0; }},
    Behaviour{"bus", &Bus},
    Behaviour{"silent", [](const TrialSpec&) { return 0; }},
    Behaviour{"exit-3", [](const TrialSpec& spec) { return Answer(spec), 3; }},
    Behaviour{"raw", [](const TrialSpec& s) { return AnswerRaw(Option(s, "text")), 0; }},
    Behaviour{"deep", [](const TrialSpec&) { return AnswerRaw(std::string(100'000, '[')), 0; }},
    Behaviour{"long", [](const TrialSpec&) { return AnswerRaw(std::string(2 << 20, ' ')), 0; }},
    Behaviour{"stale", &Stale},
    Behaviour{"close", &CloseEverything},
    Behaviour{"flood", &Flood},
    Behaviour{"hang", &Hang},
    Behaviour{"stubborn", &Stubborn},
    Behaviour{"share-memory", &ShareMemory},
    Behaviour{"processes", &Processes},
    Behaviour{"polite", &Polite},
    Behaviour{"answer-and-hang", &AnswerAndHang},
    Behaviour{"daemon", &Daemon},
    Behaviour{"background", &Background},
    Behaviour{"bomb", &Bomb},
    Behaviour{"litter", &Litter},
    Behaviour{"half-character", &HalfCharacter},
    Behaviour{"peak-rss", &PeakRss},
    Behaviour{"describe", &Describe},
    Behaviour{"write-too-much", &WriteTooMuch},
};

int Main() {
  MarkMainEntered();
  const int raw = dup2(3, kRawAnswer);
  const auto spec = ReadSpec();
  if (!spec || raw < 0) {
    std::fprintf(stderr, "%s\n", spec ? "no descriptor 3" : spec.error().Line().c_str());
    return 4;
  }
  for (const Behaviour& behaviour : kBehaviours) {
    if (behaviour.name == spec->loader.name) return behaviour.run(*spec);
  }
  return 4;
}

}  // namespace
}  // namespace falsify::harness

int main(int argc, char** argv) {
  const bool keeper = argc == 3 && std::string_view(argv[2]) == "memory-keeper";
  return keeper ? falsify::harness::KeepMemory() : falsify::harness::Main();
}
