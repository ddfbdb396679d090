// What a worker may have and use: limits, environment, directory, cgroup.
#include "harness/trial/confinement.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/trial/fence.h"
#include "harness/trial/limits.h"
#include "harness/trial/scratch_directory.h"
#include "harness/trial/small_file.h"
#include "harness/trial/worker_cgroup.h"
#include "harness/trial/worker_environment.h"

namespace falsify::harness {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

TEST(LimitsFor, ComesNowhereNearAnHonestTrial) {
  TrialSpec spec;
  spec.timeout_seconds = 60;
  spec.threads = 2;
  EXPECT_EQ(LimitsFor(spec, 0, {.cores = 8}).cpu_seconds,
            490U);  // every core busy until the timeout, and 10 s
  EXPECT_EQ(LimitsFor(spec, 0, {.cores = 1}).cpu_seconds, 130U);
  EXPECT_EQ(LimitsFor(spec, 0, {.cores = 1}).file_bytes, 1U << 30);
  EXPECT_GT(LimitsFor(spec, 3'000'000'000, {.cores = 1}).file_bytes, 8 * 3'000'000'000U);
}

TEST(LimitsFor, LeavesTheModelInThePageCacheAndTheHostItsShare) {
  TrialSpec spec;
  const std::uint64_t gib = std::uint64_t{1} << 30;
  const HostRoom host = {.cores = 1, .memory_bytes = 32 * gib};
  EXPECT_EQ(LimitsFor(spec, 4 * gib, host).memory_bytes, 0U);
  spec.memory_limit_bytes = 12 * gib;
  EXPECT_EQ(LimitsFor(spec, 4 * gib, host).memory_bytes, 20 * gib);
  EXPECT_EQ(LimitsFor(spec, 4096, host).memory_bytes, 15 * gib + 5120);
  spec.memory_limit_bytes = 1 * gib;
  EXPECT_EQ(LimitsFor(spec, gib / 2, host).memory_bytes, 2 * gib + gib / 2);
  spec.memory_limit_bytes = 29 * gib;
  EXPECT_EQ(LimitsFor(spec, 4 * gib, host).memory_bytes, 30 * gib);
}

TEST(LimitsFor, NeverWraps) {
  TrialSpec spec;
  EXPECT_GT(LimitsFor(spec, ~std::uint64_t{0}, {.cores = 1}).file_bytes, std::uint64_t{1} << 50);
}

TEST(WorkerEnvironment, PassesWhatIsListedOrNamed) {
  const char* const environment[] = {"PATH=/bin",
                                     "PATHS=/no",
                                     "AWS_SECRET_ACCESS_KEY=x",
                                     "OMP_NUM_THREADS=1",
                                     "HOMER=no",
                                     "DECLARED=a=b",
                                     "LANG=C",
                                     "broken",
                                     "TMPDIR=/old",
                                     nullptr};
  EXPECT_THAT(
      WorkerEnvironment(environment, {"DECLARED", "TMPDIR"}, "/new"),
      ElementsAre("PATH=/bin", "OMP_NUM_THREADS=1", "DECLARED=a=b", "LANG=C", "TMPDIR=/new"));
}

TEST(ScratchDirectory, IsOursAloneAndGoesWithEverythingInIt) {
  fs::path path;
  {
    const auto scratch = ScratchDirectory::Make();
    ASSERT_TRUE(scratch);
    path = scratch->path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    fs::create_directories(path / "a/b");
    std::ofstream(path / "a/b/c") << "x";
    scratch->Empty();
    EXPECT_TRUE(fs::is_empty(path));
    std::ofstream(path / "d") << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

fs::path PathOf(const WorkerCgroup& cgroup) {
  return fs::read_symlink(fmt::format("/proc/self/fd/{}", cgroup.directory_fd()));
}

TEST(WorkerCgroup, KillsEveryMember) {
  const WorkerCgroup cgroup = CgroupHome::Find().Make(0);
  if (!cgroup.kills()) GTEST_SKIP() << "no writable cgroup 2";
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (;;) pause();
  }
  ASSERT_TRUE(WriteSmallFile(PathOf(cgroup) / "cgroup.procs", std::to_string(child)));
  cgroup.Kill();
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(CgroupHome, RemovesWhatTheDeadLeftAndNothingOfTheLiving) {
  const CgroupHome home = CgroupHome::Find();
  std::optional<WorkerCgroup> ours = home.Make(0);
  if (!ours->kills()) GTEST_SKIP() << "no writable cgroup 2";
  const fs::path path = PathOf(*ours);
  const fs::path dead = path.parent_path() / "falsify-1-0";
  ASSERT_EQ(mkdir(dead.c_str(), 0755), 0);
  (void)CgroupHome::Find();
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(path));
  ours.reset();
  EXPECT_FALSE(fs::exists(path));
}

/// What a process behind the fence may do: one bit each, as its exit status.
int Tries(const Fence& fence, const std::string& own, const std::string& other) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
    if (syscall(SYS_landlock_restrict_self, fence.descriptor(), 0) != 0) _exit(64);
    const auto writes = [](const std::string& path) {
      return open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
    };
    const std::string shared = "/dev/shm/falsify-fence-" + std::to_string(getpid());
    int may = 0;
    if (writes(own + "/file")) may |= 1;
    if (writes(other + "/file")) may |= 2;
    if (kill(getppid(), 0) == 0) may |= 8;
    if (writes("/dev/null")) may |= 16;
    if (writes(shared)) may |= 32;
    unlink(shared.c_str());
    _exit(may);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Fence, KeepsWritesAndSignalsInside) {
  const auto own = ScratchDirectory::Make();
  const auto other = ScratchDirectory::Make();
  ASSERT_TRUE(own && other);
  const Fence fence = Fence::Make({.writable = {own->path().string()}});
  if (fence.descriptor() < 0) GTEST_SKIP() << "no Landlock here";
  const int may = Tries(fence, own->path().string(), other->path().string());
  ASSERT_GE(may, 0);
  EXPECT_TRUE((may & 1) != 0) << "its own folder";
  EXPECT_FALSE((may & 2) != 0) << "another folder";
  EXPECT_TRUE((may & 16) != 0) << "/dev/null";
  EXPECT_TRUE((may & 32) != 0 || access("/dev/shm", W_OK) != 0) << "shared memory";
  EXPECT_EQ((may & 8) != 0, fence.keeps_from() != "files and signals") << "a signal to its parent";
}

TEST(Fence, IsNoneWhereAFolderIsMissing) {
  EXPECT_EQ(Fence::Make({.writable = {"/no/such/folder"}}).descriptor(), -1);
}

/// What a confined process may do: one bit each, as its exit status.
int TriesConfined(const Confinement& confinement, const TrialSpec& spec, const std::string& model,
                  const std::string& other) {
  const pid_t child = fork();
  if (child == 0) {
    if (confinement.own_network() && unshare(CLONE_NEWNET) != 0) _exit(65);
    prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
    const Fence fence = confinement.FenceFor(spec);
    if (syscall(SYS_landlock_restrict_self, fence.descriptor(), 0) != 0) _exit(64);
    const auto reads = [](const std::string& path) { return open(path.c_str(), O_RDONLY) >= 0; };
    const int tcp = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in elsewhere = {};
    elsewhere.sin_family = AF_INET;
    elsewhere.sin_port = htons(9);
    elsewhere.sin_addr.s_addr = htonl(0x7f000001);
    const bool connects =
        connect(tcp, reinterpret_cast<sockaddr*>(&elsewhere), sizeof(elsewhere)) == 0 ||
        errno == ECONNREFUSED;
    int may = 0;
    if (reads(model)) may |= 1;
    if (reads(other)) may |= 2;
    if (reads("/etc/passwd")) may |= 4;
    if (connects) may |= 8;
    _exit(may);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Confinement, StrictReadsSystemAndModelOnlyAndHasNoNetwork) {
  const auto scratch = ScratchDirectory::Make();
  const auto models = ScratchDirectory::Make();
  const auto others = ScratchDirectory::Make();
  ASSERT_TRUE(scratch && models && others);
  const std::string model = models->path() / "model.gguf";
  const std::string other = others->path() / "secret";
  for (const std::string& path : {model, other}) ASSERT_TRUE(std::ofstream(path) << "x");
  TrialSpec spec;
  spec.model_path = model;
  const Confinement strict(Sandbox::kStrict, scratch->path(), {});
  if (strict.FenceFor(spec).descriptor() < 0) GTEST_SKIP() << "no Landlock here";
  const int may = TriesConfined(strict, spec, model, other);
  EXPECT_EQ(may & 1, 1) << "the model";
  EXPECT_EQ(may & 2, 0) << "another file";
  EXPECT_EQ(may & 4, 4) << "what the system looks up";
  if (strict.Missing({"mmap"}).empty() &&
      Confinement(Sandbox::kRequired, scratch->path(), {}).Missing({"mmap"}).empty()) {
    EXPECT_EQ(may & 8, 0) << "loopback is down, and the rest is not there";
  }
  const Confinement contain(Sandbox::kContain, scratch->path(), {});
  EXPECT_EQ(TriesConfined(contain, spec, model, other) & 3, 3);
}

TEST(Confinement, FollowsTheLinksOfAModelFolder) {
  const auto scratch = ScratchDirectory::Make();
  const auto snapshot = ScratchDirectory::Make();
  const auto blobs = ScratchDirectory::Make();
  ASSERT_TRUE(scratch && snapshot && blobs);
  const std::string blob = blobs->path() / "abc";
  ASSERT_TRUE(std::ofstream(blob) << "x");
  fs::create_symlink(blob, snapshot->path() / "model.safetensors");
  TrialSpec spec;
  spec.model_path = snapshot->path();
  const Confinement strict(Sandbox::kStrict, scratch->path(), {});
  if (strict.FenceFor(spec).descriptor() < 0) GTEST_SKIP() << "no Landlock here";
  const std::string link = snapshot->path() / "model.safetensors";
  EXPECT_EQ(TriesConfined(strict, spec, link, blob) & 3, 3);
}

TEST(Confinement, SaysWhichServerItCannotReach) {
  const auto scratch = ScratchDirectory::Make();
  ASSERT_TRUE(scratch);
  const Confinement strict(Sandbox::kStrict, scratch->path(), {});
  const loaders::LoaderChoice foreign = {"http", {{"pid", "1"}}, {}};
  EXPECT_FALSE(strict.Missing(foreign).empty());
  EXPECT_EQ(strict.Missing({"http", {}, {"./server"}}), "");
  EXPECT_EQ(Confinement(Sandbox::kContain, scratch->path(), {}).Missing(foreign), "");
}

}  // namespace
}  // namespace falsify::harness
