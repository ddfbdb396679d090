#include "harness/trial/process_tree.h"

#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

constexpr unsigned kLongestTestSeconds = 60;  // nothing a failed test leaves behind stays longer

// The head of a chain of `length` processes, each in a session of its own and the parent of the
// next. The last tells us its pid.
[[noreturn]] void RunChain(int length, int pipe_end) {
  setsid();
  while (--length > 0 && fork() == 0) setsid();
  alarm(kLongestTestSeconds);
  const pid_t pid = getpid();
  if (length == 0) (void)!write(pipe_end, &pid, sizeof(pid));
  for (;;) pause();
}

struct Chain {
  pid_t head = -1;
  pid_t last = -1;
};

Chain StartChain(int length) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  Chain chain{.head = fork()};
  if (chain.head == 0) RunChain(length, ends[1]);
  EXPECT_EQ(read(ends[0], &chain.last, sizeof(chain.last)),
            static_cast<ssize_t>(sizeof(chain.last)));
  close(ends[0]);
  close(ends[1]);
  return chain;
}

void KillAllStrays(const ProcessTree& tree) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(kLongestTestSeconds);
  while (!tree.KillStrays(-1).empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
}

TEST(ProcessTree, ReachesAndReapsDescendantsOfTheDead) {
  const auto tree = ProcessTree::Watch();
  ASSERT_TRUE(tree);
  const Chain chain = StartChain(6);
  ASSERT_EQ(kill(chain.head, SIGKILL), 0);
  ASSERT_EQ(waitpid(chain.head, nullptr, 0), chain.head);
  EXPECT_EQ(kill(chain.last, 0), 0);
  KillAllStrays(*tree);
  EXPECT_NE(kill(chain.last, 0), 0);
  EXPECT_TRUE(Children().empty());
}

TEST(ProcessTree, SparesTheWorkerItIsTold) {
  const auto tree = ProcessTree::Watch();
  ASSERT_TRUE(tree);
  const Chain worker = StartChain(1);
  EXPECT_TRUE(tree->KillStrays(worker.head).empty());
  EXPECT_EQ(waitpid(worker.head, nullptr, WNOHANG), 0);
  KillAllStrays(*tree);
  EXPECT_NE(kill(worker.head, 0), 0);
}

TEST(ProcessTree, SparesWhoWasThereBefore) {
  const Chain earlier = StartChain(1);
  const auto tree = ProcessTree::Watch();
  ASSERT_TRUE(tree);
  EXPECT_TRUE(tree->KillStrays(-1).empty());
  EXPECT_EQ(waitpid(earlier.head, nullptr, WNOHANG), 0);
  kill(earlier.head, SIGKILL);
  waitpid(earlier.head, nullptr, 0);
}

TEST(ProcessTree, SparesWhoIsInOurSession) {
  const auto tree = ProcessTree::Watch();
  ASSERT_TRUE(tree);
  const pid_t ours = fork();
  ASSERT_GE(ours, 0);
  if (ours == 0) {
    alarm(kLongestTestSeconds);
    for (;;) pause();
  }
  EXPECT_TRUE(tree->KillStrays(-1).empty());
  EXPECT_EQ(waitpid(ours, nullptr, WNOHANG), 0);
  kill(ours, SIGKILL);
  waitpid(ours, nullptr, 0);
}

}  // namespace
}  // namespace falsify::harness
