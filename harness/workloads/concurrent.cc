#include "harness/workloads/concurrent.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/memory_rollup.h"
#include "harness/workloads/phase_clock.h"
#include "harness/workloads/saboteur.h"
#include "harness/workloads/workload.h"
#include "loaders/digest.h"
#include "loaders/loader.h"

namespace falsify::harness {
namespace {

struct Loaded {
  std::unique_ptr<loaders::Model> model;
  std::string digest;
};

Result<Loaded> LoadAndRead(const TrialSpec& spec, Saboteur& saboteur) {
  auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
  if (!model) return Fail(model.error());
  PhaseClock unused;
  if (const auto done = saboteur.OnLoaded(**model, unused); !done) return Fail(done.error());
  const Result<const loaders::Model*> seen = saboteur.Seen(**model);
  if (!seen) return Fail(seen.error());
  const Result<std::uint64_t> sum = TouchPayload(**seen, spec.threads);
  if (!sum) return Fail(sum.error());
  const auto digests = loaders::DigestPayload(**seen, spec.model_path);
  if (!digests) return Fail(digests.error());
  return Loaded{std::move(*model), digests->payload};
}

struct Pipe {
  FileDescriptor from;
  FileDescriptor to;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe(ends) != 0) return Fail(SystemError("WORKER_FORK", "worker", "pipe", errno));
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

std::string ReadToEnd(int from) {
  std::string text;
  char piece[512];
  for (;;) {
    const ssize_t got = read(from, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

void Put(int to, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t put = write(to, text.data() + written, text.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    written += static_cast<std::size_t>(put);
  }
}

/// A child: loads, says so, waits until all have, and answers "PSS DIGEST" or an error's line.
/// It waits again at the end, so that no one's shared pages become another's own too early.
[[noreturn]] void Child(const TrialSpec& spec, bool sabotaged, Pipe& ready, Pipe& go, Pipe& answer,
                        Pipe& leave) {
  go.to = FileDescriptor(-1);
  leave.to = FileDescriptor(-1);
  ready.from = FileDescriptor(-1);
  Saboteur saboteur(sabotaged ? spec.sabotage : Sabotage{}, spec.model_path);
  const Result<MemoryRollup> before = ReadMemoryRollup();
  const Result<Loaded> loaded = LoadAndRead(spec, saboteur);
  ready.to = FileDescriptor(-1);
  ReadToEnd(go.from.get());
  const Result<MemoryRollup> after = ReadMemoryRollup();
  if (!loaded) {
    Put(answer.to.get(), "! " + loaded.error().Line());
  } else if (!before || !after) {
    Put(answer.to.get(), "! smaps_rollup cannot be read");
  } else {
    const std::uint64_t grown = after->pss > before->pss ? after->pss - before->pss : 0;
    Put(answer.to.get(), fmt::format("{} {}", grown, loaded->digest));
  }
  answer.to = FileDescriptor(-1);
  ReadToEnd(leave.from.get());
  _exit(0);
}

struct Answers {
  std::vector<std::string> digests;
  double pss = 0;
};

Result<void> Take(const std::string& text, const std::string& path, Answers& answers) {
  std::uint64_t pss = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), pss);
  if (text.empty() || read.ec != std::errc{}) {
    return Fail({.code = "WORKER_CONCURRENT",
                 .where = path,
                 .what = text.empty() ? "one of the processes died"
                                      : "one of the processes failed" + text.substr(1),
                 .hint = {}});
  }
  answers.pss += static_cast<double>(pss);
  answers.digests.emplace_back(read.ptr + 1);
  return {};
}

Result<Answers> InProcesses(const TrialSpec& spec) {
  Result<Pipe> ready = MakePipe();
  Result<Pipe> go = MakePipe();
  Result<Pipe> leave = MakePipe();
  if (!ready || !go || !leave)
    return Fail(!ready ? ready.error() : go ? leave.error() : go.error());
  std::vector<pid_t> children;
  std::vector<FileDescriptor> answers_from;
  for (unsigned i = 0; i < spec.workload.processes; ++i) {
    Result<Pipe> answer = MakePipe();
    if (!answer) return Fail(answer.error());
    const pid_t pid = fork();
    if (pid < 0) return Fail(SystemError("WORKER_FORK", "worker", "fork", errno));
    if (pid == 0) Child(spec, i == 0, *ready, *go, *answer, *leave);
    children.push_back(pid);
    answers_from.push_back(std::move(answer->from));
  }
  ready->to = FileDescriptor(-1);
  ReadToEnd(ready->from.get());  // ends when every child has loaded, or died
  go->to = FileDescriptor(-1);
  Answers answers;
  Result<void> taken;
  for (const FileDescriptor& from : answers_from) {
    const std::string text = ReadToEnd(from.get());
    if (taken) taken = Take(text, spec.model_path, answers);
  }
  leave->to = FileDescriptor(-1);
  for (const pid_t pid : children) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (!taken) return Fail(taken.error());
  return answers;
}

Result<Answers> InThreads(const TrialSpec& spec) {
  const Result<MemoryRollup> before = ReadMemoryRollup();
  if (!before) return Fail(before.error());
  const unsigned count = spec.workload.threads_at_once;
  std::vector<Result<Loaded>> loaded(count);
  Saboteur saboteur(spec.sabotage, spec.model_path);
  Saboteur honest({}, spec.model_path);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < count; ++i) {
      threads.emplace_back([&, i] { loaded[i] = LoadAndRead(spec, i == 0 ? saboteur : honest); });
    }
  }
  const Result<MemoryRollup> after = ReadMemoryRollup();
  if (!after) return Fail(after.error());
  Answers answers;
  answers.pss = after->pss > before->pss ? static_cast<double>(after->pss - before->pss) : 0;
  for (const Result<Loaded>& one : loaded) {
    if (!one) return Fail(one.error());
    answers.digests.push_back(one->digest);
  }
  return answers;
}

}  // namespace

Result<void> RunConcurrent(const TrialSpec& spec, Observation& seen) {
  PhaseClock clock;
  clock.Begin("concurrent");
  const Result<Answers> answers = spec.workload.processes > 0 ? InProcesses(spec) : InThreads(spec);
  clock.Stop();
  if (!answers) return Fail(answers.error());
  const std::set<std::string> different(answers->digests.begin(), answers->digests.end());
  seen.digests["payload"] = fmt::format("{}", fmt::join(different, " and "));
  seen.measures["peak_pss"] = answers->pss;
  seen.phases = clock.phases();
  seen.total_seconds = clock.total_seconds();
  return {};
}

}  // namespace falsify::harness
