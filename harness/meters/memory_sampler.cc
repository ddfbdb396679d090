#include "harness/meters/memory_sampler.h"

#include <algorithm>
#include <system_error>
#include <time.h>
#include <utility>

namespace falsify::harness {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t Nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

void SleepUntil(std::int64_t deadline) {
  const timespec until{.tv_sec = deadline / kNanosecondsPerSecond,
                       .tv_nsec = deadline % kNanosecondsPerSecond};
  // Interrupted by a signal: one early sample does no harm.
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

tl::unexpected<Error> WrongState(const char* what) {
  return Fail({.code = "METER_STATE", .where = "memory sampler", .what = what, .hint = {}});
}

}  // namespace

void MemoryTimeline::Add(const MemoryPoint& point) {
  if (seen_++ % stride_ != 0) return;
  if (points_.size() == kMost) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < points_.size(); i += 2) points_[kept++] = points_[i];
    points_.resize(kept);
    stride_ *= 2;
    if ((seen_ - 1) % stride_ != 0) return;
  }
  points_.push_back(point);
}

MemorySampler::MemorySampler(std::chrono::microseconds period) : period_(period) {}

MemorySampler::~MemorySampler() { Join(); }

Result<ResidentNow> MemorySampler::Start() {
  if (thread_.joinable()) return WrongState("already running");
  Result<StatmReader> statm = StatmReader::Open();
  if (!statm) return Fail(statm.error());
  {
    const std::lock_guard lock(mutex_);
    statm_ = *std::move(statm);
    first_error_.reset();
    peaks_ = {};
    stopping_ = false;
    started_ = Nanoseconds(CLOCK_MONOTONIC);
  }
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    const std::lock_guard lock(mutex_);
    statm_.reset();
    return Fail(
        SystemError("METER_THREAD", "memory sampler", "start a thread", error.code().value()));
  }
  return Checkpoint();
}

Result<ResidentNow> MemorySampler::Checkpoint() {
  const std::lock_guard lock(mutex_);
  if (!statm_) return WrongState("not running");
  return SampleLocked();
}

Result<MemoryPeaks> MemorySampler::Stop() {
  if (!thread_.joinable()) return WrongState("not running");
  static_cast<void>(Checkpoint());  // its error, if any, is kept in first_error_
  Join();
  const std::lock_guard lock(mutex_);
  if (first_error_) return Fail(*first_error_);
  return peaks_;
}

void MemorySampler::Join() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  thread_.join();
  const std::lock_guard lock(mutex_);
  statm_.reset();
}

void MemorySampler::Run() {
  const std::int64_t period = std::chrono::nanoseconds(period_).count();
  std::int64_t deadline = Nanoseconds(CLOCK_MONOTONIC);
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_ && !first_error_) static_cast<void>(SampleLocked());
      if (stopping_) {
        peaks_.cpu_seconds = static_cast<double>(Nanoseconds(CLOCK_THREAD_CPUTIME_ID)) /
                             static_cast<double>(kNanosecondsPerSecond);
        return;
      }
    }
    // Deadlines that a busy host let pass are skipped, not caught up in a burst.
    const std::int64_t late = std::max<std::int64_t>(Nanoseconds(CLOCK_MONOTONIC) - deadline, 0);
    deadline += (late / period + 1) * period;
    SleepUntil(deadline);
  }
}

Result<ResidentNow> MemorySampler::SampleLocked() {
  const Result<ResidentNow> now = statm_->Read();
  if (!now) {
    if (!first_error_) first_error_ = now.error();
    return now;
  }
  peaks_.anon = std::max(peaks_.anon, now->anon);
  peaks_.file = std::max(peaks_.file, now->file);
  peaks_.samples += 1;
  const auto since = static_cast<double>(Nanoseconds(CLOCK_MONOTONIC) - started_);
  peaks_.timeline.Add({since / static_cast<double>(kNanosecondsPerSecond), now->anon, now->file});
  return now;
}

}  // namespace falsify::harness
