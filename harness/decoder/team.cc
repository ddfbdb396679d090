#include "harness/decoder/team.h"

// Declared here because clang does not find the omp.h of the runtime oneDNN was built with (GCC's).
extern "C" void omp_set_num_threads(int);

namespace falsify::harness {
namespace {

// Steps last tens of microseconds and waking a thread costs as much, so look again before sleeping.
constexpr int kLooks = 200;

}  // namespace

Team::Team(unsigned threads) : size_(threads) {
  threads_.reserve(threads);
  try {
    for (unsigned index = 0; index < threads; ++index) {
      threads_.emplace_back([this, index] { Serve(index); });
    }
  } catch (...) {
    Stop();
    throw;
  }
}

Team::~Team() { Stop(); }

void Team::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::Run(const std::function<void(Worker&)>& body) {
  std::unique_lock lock(mutex_);
  failure_ = nullptr;
  failed_ = false;
  body_ = &body;
  running_ = size_;
  ++runs_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return running_ == 0; });
  if (failure_) std::rethrow_exception(failure_);
}

void Team::Serve(unsigned index) {
  omp_set_num_threads(1);
  std::size_t served = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || runs_ != served; });
    if (stopping_) return;
    served = runs_;
    const std::function<void(Worker&)>& body = *body_;
    lock.unlock();
    Worker worker(*this, index);
    body(worker);
    lock.lock();
    if (--running_ == 0) changed_.notify_all();
  }
}

void Team::TakeShare(std::size_t count, const void* task, void (*call)(const void*, std::size_t)) {
  try {
    for (std::size_t i = next_task_++; i < count && !failed_; i = next_task_++) {
      call(task, i);
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
    failed_ = true;
  }
}

void Team::Meet() {
  const unsigned meeting = meetings_;
  if (++arrived_ == size_) {
    arrived_ = 0;
    next_task_ = 0;
    ++meetings_;
    meetings_.notify_all();
    return;
  }
  for (int look = 0; look < kLooks; ++look) {
    if (meetings_ != meeting) return;
    std::this_thread::yield();
  }
  meetings_.wait(meeting);
}

}  // namespace falsify::harness
