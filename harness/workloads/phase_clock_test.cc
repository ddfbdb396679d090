#include "harness/workloads/phase_clock.h"

#include <chrono>
#include <numeric>
#include <thread>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

void Spend() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

double Sum(const PhaseClock& clock) {
  return std::accumulate(clock.phases().begin(), clock.phases().end(), 0.0,
                         [](double sum, const Phase& phase) { return sum + phase.seconds; });
}

TEST(PhaseClock, PhasesSumUpToTheTotal) {
  PhaseClock clock;
  clock.Begin("open");
  Spend();
  clock.Begin("header");
  clock.Begin("touch");
  Spend();
  clock.Stop();
  ASSERT_EQ(clock.phases().size(), 3U);
  EXPECT_EQ(clock.phases()[1].name, "header");
  EXPECT_GT(clock.Seconds("open"), 0.0);
  EXPECT_NEAR(Sum(clock), clock.total_seconds(), 0.02 * clock.total_seconds());
}

TEST(PhaseClock, LeavesPausesOut) {
  PhaseClock clock;
  clock.Begin("open");
  clock.Pause();
  const double before = clock.total_seconds();
  Spend();
  EXPECT_EQ(clock.total_seconds(), before);
  clock.Resume();
  clock.Begin("touch");
  Spend();
  clock.Stop();
  EXPECT_NEAR(Sum(clock), clock.total_seconds(), 1e-6);
}

TEST(PhaseClock, AddsToAPhaseThatComesAgain) {
  PhaseClock clock;
  clock.Begin("open");
  clock.Begin("header");
  clock.Begin("open");
  clock.Stop();
  EXPECT_EQ(clock.phases().size(), 2U);
}

TEST(PhaseClock, IsZeroBeforeItBegins) {
  const PhaseClock clock;
  EXPECT_EQ(clock.total_seconds(), 0.0);
  EXPECT_EQ(clock.Seconds("open"), 0.0);
}

}  // namespace
}  // namespace falsify::harness
