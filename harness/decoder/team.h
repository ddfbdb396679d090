#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace falsify::harness {

class Worker;

/// A fixed number of threads that walk through one piece of work in step. oneDNN runs serially in
/// each of them, whatever OMP_NUM_THREADS says, so the count given is the count that computes.
/// Used by one thread at a time.
class Team {
 public:
  /// `threads` >= 1. Throws std::system_error if the system has no more threads.
  explicit Team(unsigned threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned size() const { return size_; }

  /// Runs `body` on every worker and waits for all. Rethrows the first exception thrown inside
  /// `ForEach` or `Once`; nothing else that `body` does may throw.
  void Run(const std::function<void(Worker&)>& body);

 private:
  friend class Worker;

  void Serve(unsigned index);
  void Stop();
  void TakeShare(std::size_t count, const void* task, void (*call)(const void*, std::size_t));
  void Meet();

  const unsigned size_;

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(Worker&)>* body_ = nullptr;  // guarded by mutex_, like the next three
  std::size_t runs_ = 0;
  unsigned running_ = 0;
  bool stopping_ = false;

  std::atomic<std::size_t> next_task_{0};
  std::atomic<unsigned> arrived_{0};
  std::atomic<unsigned> meetings_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;  // guarded by mutex_

  std::vector<std::thread> threads_;
};

/// One thread's place in a `Team::Run`. Every worker must make the same calls in the same order.
class Worker {
 public:
  Worker(Team& team, unsigned index) : team_(team), index_(index) {}

  unsigned index() const { return index_; }  ///< in [0, Team::size())

  /// Hands out the tasks 0 .. count-1, each to whichever worker is free, and returns on every
  /// worker when all are done. After a task threw, this and all later calls return without running
  /// any.
  template <class Task>
  void ForEach(std::size_t count, const Task& task) {
    team_.TakeShare(count, &task, [](const void* shared, std::size_t i) {
      (*static_cast<const Task*>(shared))(i);
    });
    team_.Meet();
  }

  /// One worker runs `task` while the others wait.
  template <class Task>
  void Once(const Task& task) {
    ForEach(1, [&task](std::size_t) { task(); });
  }

 private:
  Team& team_;
  unsigned index_;
};

}  // namespace falsify::harness
