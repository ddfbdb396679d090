#include "harness/meters/memory_sampler.h"

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <optional>
#include <sys/mman.h>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "harness/meters/anonymous_memory.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/page_bytes.h"
#include "harness/meters/test_files.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kHeld = 64 * kMiB;
#if defined(__SANITIZE_ADDRESS__)
constexpr double kTolerance = 0.05 * kHeld;  // with the shadow of what is held
#else
constexpr double kTolerance = 0.02 * kHeld;
#endif

double Growth(std::uint64_t after, std::uint64_t before) {
  return static_cast<double>(after) - static_cast<double>(before);
}

/// Long enough for the sampler to have run at least once, however slow the host is.
void WaitForSamples() { std::this_thread::sleep_for(std::chrono::milliseconds(200)); }

TEST(MemorySampler, CatchesAnonymousMemoryHeldForAWhile) {
  MemorySampler sampler;
  const Result<ResidentNow> started = sampler.Start();
  ASSERT_TRUE(started.has_value()) << started.error().Line();
  WaitForSamples();  // a sanitizer gives a new thread memory of its own
  const Result<ResidentNow> baseline = sampler.Checkpoint();
  ASSERT_TRUE(baseline.has_value());
  {
    const Result<AnonymousMemory> held = AnonymousMemory::Map(kHeld, PageSize::kBase);
    ASSERT_TRUE(held.has_value());
    held->Touch();
    WaitForSamples();
  }
  const Result<MemoryPeaks> peaks = sampler.Stop();
  ASSERT_TRUE(peaks.has_value()) << peaks.error().Line();
  EXPECT_NEAR(Growth(peaks->anon, baseline->anon), kHeld, kTolerance);
  EXPECT_NEAR(Growth(peaks->file, baseline->file), 0, kTolerance);
  EXPECT_GT(peaks->samples, 2U);
  EXPECT_GT(peaks->cpu_seconds, 0.0);
}

TEST(MemorySampler, CountsMappedFilePagesAsFile) {
  const TestDirectory directory;
  const Result<FileDescriptor> file = OpenFile(directory.Write("mapped", kHeld), O_RDONLY);
  ASSERT_TRUE(file.has_value());
  MemorySampler sampler;
  const Result<ResidentNow> baseline = sampler.Start();
  ASSERT_TRUE(baseline.has_value());
  void* const mapped = mmap(nullptr, kHeld, PROT_READ, MAP_SHARED | MAP_POPULATE, file->get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  WaitForSamples();
  munmap(mapped, kHeld);
  const Result<MemoryPeaks> peaks = sampler.Stop();
  ASSERT_TRUE(peaks.has_value());
  EXPECT_NEAR(Growth(peaks->file, baseline->file), kHeld, kTolerance);
  EXPECT_NEAR(Growth(peaks->anon, baseline->anon), 0, kTolerance);
}

TEST(MemorySampler, CheckpointCatchesWhatFallsBetweenTwoSamples) {
  MemorySampler sampler(std::chrono::seconds(1));
  const Result<ResidentNow> baseline = sampler.Start();
  ASSERT_TRUE(baseline.has_value());
  Result<ResidentNow> during;
  {
    const Result<AnonymousMemory> held = AnonymousMemory::Map(kHeld, PageSize::kBase);
    ASSERT_TRUE(held.has_value());
    held->Touch();
    during = sampler.Checkpoint();
  }
  const Result<MemoryPeaks> peaks = sampler.Stop();
  ASSERT_TRUE(during.has_value() && peaks.has_value());
  EXPECT_NEAR(Growth(during->anon, baseline->anon), kHeld, kTolerance);
  EXPECT_GE(peaks->anon, during->anon);
}

TEST(MemorySampler, ForgetsPeaksWhenStartedAgain) {
  MemorySampler sampler;
  {
    const Result<AnonymousMemory> held = AnonymousMemory::Map(kHeld, PageSize::kBase);
    ASSERT_TRUE(held.has_value());
    held->Touch();
    ASSERT_TRUE(sampler.Start().has_value());
    ASSERT_TRUE(sampler.Stop().has_value());
  }
  const Result<ResidentNow> baseline = sampler.Start();
  ASSERT_TRUE(baseline.has_value());
  const Result<MemoryPeaks> peaks = sampler.Stop();
  ASSERT_TRUE(peaks.has_value());
  EXPECT_NEAR(Growth(peaks->anon, baseline->anon), 0, kTolerance);
}

TEST(MemorySampler, IsUsedByManyThreadsAtOnce) {
  MemorySampler sampler;
  ASSERT_TRUE(sampler.Start().has_value());
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 100; ++call) failures += sampler.Checkpoint() ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Result<MemoryPeaks> peaks = sampler.Stop();
  ASSERT_TRUE(peaks.has_value());
  EXPECT_EQ(failures, 0);
  EXPECT_GE(peaks->samples, 402U);  // theirs, the first and the last
}

TEST(MemorySampler, SaysWhenItIsNotRunning) {
  MemorySampler sampler;
  EXPECT_EQ(sampler.Checkpoint().error().Line(), "memory sampler: not running [METER_STATE]");
  EXPECT_EQ(sampler.Stop().error().Line(), "memory sampler: not running [METER_STATE]");
  ASSERT_TRUE(sampler.Start().has_value());
  EXPECT_EQ(sampler.Start().error().Line(), "memory sampler: already running [METER_STATE]");
  ASSERT_TRUE(sampler.Stop().has_value());
  EXPECT_EQ(sampler.Checkpoint().error().code, "METER_STATE");
}

TEST(MemoryTimeline, SpreadsItsPointsOverAnyTime) {
  for (const std::uint64_t samples : {1U, 50U, 96U, 97U, 1000U, 100'000U}) {
    MemoryTimeline timeline;
    for (std::uint64_t i = 0; i < samples; ++i) timeline.Add({static_cast<double>(i), i, 0});
    const auto& points = timeline.points();
    ASSERT_LE(points.size(), MemoryTimeline::kMost);
    EXPECT_GE(points.size(), std::min<std::size_t>(samples, MemoryTimeline::kMost / 2));
    EXPECT_EQ(points.front().anon, 0U);
    const double step = points.size() > 1 ? points[1].seconds : 1;
    for (std::size_t i = 1; i < points.size(); ++i) {
      EXPECT_EQ(points[i].seconds - points[i - 1].seconds, step) << samples;
    }
    EXPECT_GT(points.back().seconds + step, static_cast<double>(samples) - 1) << samples;
  }
}

}  // namespace
}  // namespace falsify::harness
