#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/trial/unique_fd.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Both ends are close-on-exec and at least kLowestFd, so that a child may dup2 them onto 0 to 3
/// without one overwriting another, even if this process was started with 0 to 2 closed.
struct Pipe {
  UniqueFd read;
  UniqueFd write;
};
inline constexpr int kLowestFd = 10;

/// Errors: TRIAL_SPAWN (errno named).
Result<Pipe> MakePipe();

/// A pipe that already holds all of `text` and has no writer: its reader never waits, and a reader
/// that dies early cannot hurt us. Errors: TRIAL_SPAWN, also if `text` is more than a pipe may
/// hold.
Result<UniqueFd> PipeHolding(std::string_view text);

/// What comes out of a pipe and may be endless.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void Take(std::string_view bytes) = 0;
};

/// Keeps the last bytes and counts those before them.
class TailSink : public Sink {
 public:
  explicit TailSink(std::size_t keep) : keep_(keep) {}
  void Take(std::string_view bytes) override;

  /// Starts at a character's first byte if something was dropped. Not yet valid UTF-8.
  std::string_view tail() const;
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::size_t keep_;
  std::string kept_;
  std::uint64_t dropped_ = 0;
};

/// Keeps the first bytes and notes whether there were more.
class HeadSink : public Sink {
 public:
  explicit HeadSink(std::size_t keep) : keep_(keep) {}
  void Take(std::string_view bytes) override;

  std::string_view head() const { return kept_; }
  bool overflowed() const { return overflowed_; }

 private:
  std::size_t keep_;
  std::string kept_;
  bool overflowed_ = false;
};

/// The read end of a pipe, moved into `sink` without ever blocking. `sink` must outlive it.
class Drain {
 public:
  Drain(UniqueFd fd, Sink* sink) : fd_(std::move(fd)), sink_(sink) {}

  /// -1 once every writer has closed.
  int fd() const { return fd_.get(); }

  /// Takes what is there now, at most kMostAtOnce so that nobody else waits behind a flood.
  void Pump();

  static constexpr std::size_t kMostAtOnce = 1 << 20;

 private:
  UniqueFd fd_;
  Sink* sink_;
};

}  // namespace falsify::harness
