#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "loaders/error.h"
#include "loaders/external/falsify_loader.h"
#include "loaders/loader.h"

namespace falsify::loaders {

/// Opens the library and checks what it says of itself before any of its functions but the entry is
/// called; its constructors have run by then, so call this in a worker only. The library stays
/// loaded until the process ends.
/// Errors: PLUGIN_OPEN (no such file, no shared library, a symbol it lacks), PLUGIN_ENTRY (exports
/// no falsify_loader_entry, or it returned null), PLUGIN_ABI (another version, a structure too
/// short, a function that is missing).
Result<const falsify_loader*> OpenPluginLibrary(const std::string& path);

/// One call that may fail: its status, and what it said of it, one line.
struct PluginAnswer {
  std::int32_t status = FALSIFY_OK;
  std::string message;

  explicit operator bool() const { return status == FALSIFY_OK; }
};
std::string_view NameOfPluginStatus(std::int32_t status);

/// The loader `plugin`: `choice.program` holds the library's path and nothing else,
/// `choice.options` are handed over as they are. Errors: those of OpenPluginLibrary;
/// PLUGIN_REFUSED, PLUGIN_IO, IO_MEMORY, LOADER_UNAVAILABLE, LOADER_OPTION, PLUGIN_FAILED (what it
/// answered, in its words); PLUGIN_LIES (an answer that contradicts itself: a tensor whose bytes do
/// not fit its shape).
Result<std::unique_ptr<Model>> OpenPlugin(const std::string& path, const LoaderChoice& choice,
                                          unsigned threads, const OnPhase& on_phase);

}  // namespace falsify::loaders
