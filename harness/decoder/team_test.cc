#include "harness/decoder/team.h"

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

TEST(Team, RunsEveryTaskOnceAndFinishesEachStepBeforeTheNext) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    Team team(threads);
    constexpr std::size_t kTasks = 1000;
    std::vector<int> first(kTasks);
    std::vector<int> second(kTasks);
    team.Run([&](Worker& worker) {
      worker.ForEach(kTasks, [&](std::size_t i) { ++first[i]; });
      worker.ForEach(kTasks, [&](std::size_t i) { second[i] += first[kTasks - 1 - i]; });
    });
    EXPECT_EQ(second, std::vector<int>(kTasks, 1)) << threads;
  }
}

TEST(Team, LetsOneWorkerDoWhatIsDoneOnce) {
  Team team(3);
  int done = 0;
  std::atomic<int> seen{0};
  team.Run([&](Worker& worker) {
    for (int step = 1; step <= 100; ++step) {
      worker.Once([&] { ++done; });
      if (done == step) ++seen;
      worker.ForEach(0, [](std::size_t) {});
    }
  });
  EXPECT_EQ(done, 100);
  EXPECT_EQ(seen, 300);
}

TEST(Team, GivesEveryWorkerItsOwnIndex) {
  Team team(4);
  std::vector<int> seen(4);
  team.Run([&](Worker& worker) { ++seen[worker.index()]; });
  EXPECT_EQ(seen, std::vector<int>(4, 1));
}

TEST(Team, PassesOnWhatATaskThrewAndSkipsTheRest) {
  Team team(2);
  std::atomic<int> after{0};
  const auto fail_at_seven = [&](Worker& worker) {
    worker.ForEach(100, [](std::size_t i) {
      if (i == 7) throw std::runtime_error("seven");
    });
    worker.Once([&] { ++after; });
  };
  std::string what;
  try {
    team.Run(fail_at_seven);
  } catch (const std::runtime_error& error) {
    what = error.what();
  }
  EXPECT_EQ(what, "seven");
  EXPECT_EQ(after, 0);
}

TEST(Team, WorksAgainAfterAFailure) {
  Team team(2);
  EXPECT_THROW(
      team.Run([](Worker& worker) { worker.Once([] { throw std::runtime_error("once"); }); }),
      std::runtime_error);
  std::atomic<int> done{0};
  team.Run([&](Worker& worker) { worker.ForEach(10, [&](std::size_t) { ++done; }); });
  EXPECT_EQ(done, 10);
}

}  // namespace
}  // namespace falsify::harness
