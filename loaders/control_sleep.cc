#include "loaders/control_sleep.h"

#include <chrono>
#include <thread>

#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"

namespace falsify::loaders {
namespace {

constexpr double kDefaultDelay = 1.0;

}  // namespace

Result<std::unique_ptr<Model>> OpenSleep(const std::string& path, const LoaderChoice& choice,
                                         unsigned, const OnPhase& on_phase) {
  if (on_phase) on_phase("sleep");
  const double delay = OptionOr(choice, kSleepOptions.front().name, kDefaultDelay);
  std::this_thread::sleep_for(std::chrono::duration<double>(delay));
  return OpenModel(path, &OpenMmap, {}, on_phase);
}

}  // namespace falsify::loaders
