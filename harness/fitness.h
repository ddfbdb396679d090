#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace falsify::harness {

/// One thing a measurement on this host depends on.
struct Fitness {
  enum class State {
    kFit,
    kLimited,  ///< something cannot be measured, or costs more here
    kUnfit     ///< claims that need it will be INVALID
  };
  std::string name;
  State state = State::kFit;
  std::string found;  ///< one line
};
std::string_view Name(Fitness::State state);  ///< "ok", "limited", "missing"

/// Looks at page-cache control (on `model_path`, which is evicted and read again), memory, huge
/// pages, readahead, governor, steal, io_uring, perf events and the memory cgroup. Takes under a
/// second beside what the file's size costs; changes nothing else.
std::vector<Fitness> CheckFitness(const std::string& model_path);

}  // namespace falsify::harness
