#pragma once

#include <array>
#include <memory>
#include <string>

#include "loaders/error.h"
#include "loaders/loader.h"

namespace falsify::loaders {

inline constexpr std::array kSleepOptions = {
    LoaderOption{"delay", OptionKind::kSeconds, 0, 3600, "sleeps that long before it opens"}};

/// A control: sleeps for the option "delay" (1 s) in a phase of its own, "sleep", then does as mmap
/// does. Errors: those of mmap.
Result<std::unique_ptr<Model>> OpenSleep(const std::string& path, const LoaderChoice& choice,
                                         unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
