#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "loaders/error.h"
#include "loaders/loader_options.h"
#include "loaders/model.h"

namespace falsify::loaders {

/// Called at the start of each phase of a load ("open", "header", "copy", "convert", "sleep"). A
/// loader never reads a clock: whoever listens does. May be empty.
using OnPhase = std::function<void(std::string_view phase)>;

/// Anonymous memory a loader is expected to hold at its peak, so that a host can be checked and
/// guest memory primed before the trial. An expectation, never a measurement.
struct MemoryNeed {
  double per_stored_byte;   ///< times the file's size
  double per_element_byte;  ///< times 4 B per element (an F32 copy)
};

struct LoaderEntry {
  std::string_view name;
  std::string_view summary;
  MemoryNeed anonymous;
  std::span<const LoaderOption> options;  ///< the only ones `Load` lets through to `open`
  Result<std::unique_ptr<Model>> (*open)(const std::string& path, const LoaderChoice& choice,
                                         unsigned threads, const OnPhase& on_phase);
  bool external = false;  ///< needs a program, whose options nobody else knows
};

/// Every built-in loader, in the order `falsify list loaders` prints them.
std::span<const LoaderEntry> Loaders();

/// Null if there is none of that name.
const LoaderEntry* FindLoader(std::string_view name);

/// Errors: LOADER_UNKNOWN, LOADER_OPTION (unknown or out of range), LOADER_DTYPE (the loader cannot
/// hold such a tensor), IO_MEMORY, FORMAT_UNKNOWN, LOADER_UNAVAILABLE (this host cannot), those
/// of source and format.
Result<std::unique_ptr<Model>> Load(const std::string& path, const LoaderChoice& choice,
                                    unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
