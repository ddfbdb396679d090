#pragma once

#include <cstddef>
#include <span>
#include <thread>

#include "loaders/sources/source.h"

namespace falsify::loaders {

/// Backs memory with pages from its start on, on a thread of its own, so that those who read a file
/// into it wait for the device only. Stops, done or not, when it is destroyed. What it cannot do
/// its users' own faults do.
class FaultAhead {
 public:
  /// Says so in `report`: as advice, or as a fallback if the system has no thread for it. `memory`
  /// starts at a page and outlives this.
  FaultAhead(std::span<std::byte> memory, LoadReport& report);

 private:
  std::jthread thread_;
};

}  // namespace falsify::loaders
