#include "harness/trial/process_runner.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/trial/ending.h"
#include "harness/trial/json_text.h"
#include "harness/trial/limits.h"
#include "harness/trial/memory_watch.h"
#include "harness/trial/pid_space.h"
#include "harness/trial/pipes.h"
#include "harness/trial/process_tree.h"
#include "harness/trial/spawn.h"
#include "harness/trial/worker_environment.h"
#include "harness/trial/worker_watch.h"

namespace falsify::harness {
namespace {

// Two workers at once would spoil each other's figures, and one's strays look like the other's.
std::mutex& OneTrialAtATime() {
  static std::mutex mutex;
  return mutex;
}

std::optional<std::uint64_t> RegularFileBytes(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(info.st_size);
}

Result<std::string> MakeNonce() {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
    return Fail(SystemError("TRIAL_SPAWN", "worker", "draw a nonce", errno));
  }
  return fmt::format("{:016x}", random);
}

Result<TrialSpec> Complete(TrialSpec spec) {
  std::error_code error;
  if (!spec.model_path.empty()) {
    spec.model_path = std::filesystem::absolute(spec.model_path, error).string();
  }
  if (error) {
    return Fail(
        SystemError("TRIAL_SPAWN", spec.model_path, "make the path absolute", error.value()));
  }
  if (spec.nonce.empty()) {
    auto nonce = MakeNonce();
    if (!nonce) return Fail(std::move(nonce.error()));
    spec.nonce = *std::move(nonce);
  }
  return spec;
}

tl::unexpected<Error> Interrupted() {
  return Fail({.code = "TRIAL_INTERRUPTED",
               .where = "worker",
               .what = "the run was told to stop",
               .hint = {}});
}

// Both ends of everything a worker reads and writes.
struct Channels {
  UniqueFd spec;
  Pipe stdout_pipe;
  Pipe stderr_pipe;
  Pipe answer;
};

// The spec as the worker will read it: what it would refuse, or could only read changed, is refused
// before there is a worker.
Result<std::string> SpecText(const TrialSpec& spec) {
  const nlohmann::json json = ToJson(spec);
  const auto read = TrialSpecFromJson(json);
  if (!read) return Fail(read.error());
  if (read->model_path != spec.model_path) {
    return Fail({.code = "WORKER_SPEC",
                 .where = spec.model_path,
                 .what = "is not valid UTF-8",
                 .hint = "rename the file"});
  }
  return DumpLine(json);
}

Result<Channels> OpenChannels(const TrialSpec& spec) {
  const auto text = SpecText(spec);
  if (!text) return Fail(text.error());
  auto input = PipeHolding(*text);
  if (!input) return Fail(std::move(input.error()));
  Channels channels;
  channels.spec = *std::move(input);
  for (Pipe* pipe : {&channels.stdout_pipe, &channels.stderr_pipe, &channels.answer}) {
    auto made = MakePipe();
    if (!made) return Fail(std::move(made.error()));
    *pipe = *std::move(made);
  }
  return channels;
}

}  // namespace

Result<std::unique_ptr<ProcessRunner>> ProcessRunner::Open(ProcessRunnerOptions options) {
  UniqueFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) return Fail(SystemError("TRIAL_SPAWN", "worker", "create an eventfd", errno));
  auto scratch = ScratchDirectory::Make();
  if (!scratch) return Fail(std::move(scratch.error()));
  return std::unique_ptr<ProcessRunner>(
      new ProcessRunner(std::move(options), *std::move(scratch), std::move(stop)));
}

ProcessRunner::ProcessRunner(ProcessRunnerOptions options, ScratchDirectory scratch, UniqueFd stop)
    : options_(std::move(options)),
      scratch_(std::move(scratch)),
      stop_(std::move(stop)),
      cgroups_(CgroupHome::Find()),
      confinement_(options_.sandbox, scratch_.path(), options_.writable),
      environment_(WorkerEnvironment(environ, options_.pass_environment, scratch_.path())) {}

void ProcessRunner::RequestStop() noexcept {
  const int saved_errno = errno;
  const std::uint64_t one = 1;
  // Fails only if the counter is full, and then it is readable already.
  [[maybe_unused]] const ssize_t written = write(stop_.get(), &one, sizeof(one));
  errno = saved_errno;
}

std::string ProcessRunner::Missing(const loaders::LoaderChoice& loader) const {
  return confinement_.Missing(loader);
}

std::string ProcessRunner::Protection() const {
  const WorkerCgroup cgroup = cgroups_.Make(RoomHere().memory_bytes);
  return fmt::format("{}: own session, process tree, {}limits, memory by {}, {}",
                     Name(options_.sandbox), cgroup.kills() ? "cgroup, " : "",
                     cgroup.limits_memory() ? "cgroup" : "RLIMIT_DATA", confinement_.Text());
}

Result<Observation> ProcessRunner::Run(const TrialSpec& given) {
  const std::lock_guard lock(OneTrialAtATime());
  pollfd stop{.fd = stop_.get(), .events = POLLIN, .revents = 0};
  if (poll(&stop, 1, 0) > 0) return Interrupted();
  auto spec = Complete(given);
  if (!spec) return Fail(std::move(spec.error()));
  auto channels = OpenChannels(*spec);
  if (!channels) return Fail(std::move(channels.error()));
  std::optional<PidSpace> processes;
  if (confinement_.own_processes()) {
    auto made = PidSpace::Make();
    if (!made) return Fail(std::move(made.error()));
    processes.emplace(*std::move(made));
  }
  // After the namespace, whose init is none of what a worker leaves.
  auto tree = ProcessTree::Watch();
  if (!tree) return Fail(std::move(tree.error()));

  const Fence fence = confinement_.FenceFor(*spec);
  const auto model_bytes = RegularFileBytes(spec->model_path);
  const WorkerLimits limits = LimitsFor(*spec, model_bytes.value_or(0), RoomHere());
  const WorkerCgroup cgroup = cgroups_.Make(limits.memory_bytes);
  const std::uint64_t oom_kills = OomKillsSinceBoot();
  SpawnPlan plan{.executable = options_.executable,
                 .arguments = {options_.executable},
                 .environment = environment_,
                 .directory = scratch_.path(),
                 .descriptors = {channels->spec.get(), channels->stdout_pipe.write.get(),
                                 channels->stderr_pipe.write.get(), channels->answer.write.get()},
                 .limits = limits,
                 .cgroup = cgroup.directory_fd(),
                 .memory_procs = cgroup.memory_procs_fd(),
                 .limit_data = !cgroup.limits_memory(),
                 .fence = fence.descriptor(),
      .proc_access = fence.proc_access(),
      .own_network = confinement_.own_network(),
      .processes = processes ? &*processes : nullptr};
  plan.arguments.insert(plan.arguments.end(), options_.arguments.begin(), options_.arguments.end());
  const Clock::time_point started = Clock::now();
  auto worker = Spawn(plan);
  if (!worker) return Fail(std::move(worker.error()));
  WorkerOutput output{.stdout_pipe = std::move(channels->stdout_pipe.read),
                      .stderr_pipe = std::move(channels->stderr_pipe.read),
                      .answer_pipe = std::move(channels->answer.read)};
  *channels = Channels{};  // the worker's ends: only it must hold them
  WorkerWatch watch(*spec, started, *std::move(worker), std::move(output), stop_.get(), *tree,
                    cgroup);
  Ending ending = watch.Run();
  scratch_.Empty();
  if (ending.stop == Stop::kInterrupted) return Interrupted();
  ending.kernel_oom_kill = OomKillsSinceBoot() != oom_kills;
  ending.model_bytes_before = model_bytes;
  ending.model_bytes_after = RegularFileBytes(spec->model_path);
  return Decode(*spec, ending);
}

}  // namespace falsify::harness
