#include "loaders/loader.h"

#include <array>
#include <new>
#include <vector>

#include "fmt/format.h"
#include "loaders/control_corrupt.h"
#include "loaders/control_hoarder.h"
#include "loaders/control_liar.h"
#include "loaders/control_short_read.h"
#include "loaders/control_sleep.h"
#include "loaders/external/plugin.h"
#include "loaders/null_loader.h"
#include "loaders/open_model.h"
#include "loaders/read_copy_f32.h"
#include "loaders/stream_f32.h"

namespace falsify::loaders {
namespace {

/// A program's model, or a server's, is in no process of ours.
Result<std::unique_ptr<Model>> OpenOutside(const std::string&, const LoaderChoice& choice, unsigned,
                                           const OnPhase&) {
  return Fail({"LOADER_OUTSIDE", fmt::format("loader \"{}\"", choice.name),
               "this needs a loader inside our own process", "write a plug-in"});
}

constexpr std::array kOthers = {
    LoaderEntry{"read-copy-f32",
                "file, per-tensor copies and F32, all alive",
                {2.0, 1.0},
                {},
                &OpenReadCopyF32},
    LoaderEntry{"stream-f32",
                "F32 of every tensor, converted tile by tile",
                {0.0, 1.0},
                kStreamF32Options,
                &OpenStreamF32},
    LoaderEntry{"null", "control: opens nothing and holds nothing", {0.0, 0.0}, {}, &OpenNull},
    LoaderEntry{"sleep", "control: sleeps, then maps", {0.0, 0.0}, kSleepOptions, &OpenSleep},
    LoaderEntry{"liar", "control: claims to have read and holds zeros", {0.0, 0.0}, {}, &OpenLiar},
    LoaderEntry{"hoarder", "control: holds the payload twice", {2.0, 0.0}, {}, &OpenHoarder},
    LoaderEntry{"corrupt", "control: flips one byte of the payload", {1.0, 0.0}, {}, &OpenCorrupt},
    LoaderEntry{"short-read",
                "control: the last sixteenth of the payload stays zero",
                {1.0, 0.0},
                {},
                &OpenShortRead},
    LoaderEntry{"plugin",
                "external: a shared library behind falsify_loader.h",
                {1.0, 0.0},
                {},
                &OpenPlugin,
                true},
    LoaderEntry{"command",
                "external: a program that speaks the protocol of protocol.md",
                {1.0, 0.0},
                {},
                &OpenOutside,
                true},
    LoaderEntry{"http",
                "external: a server with an OpenAI-compatible API",
                {1.0, 0.0},
                {},
                &OpenOutside,
                true},
};

const SourceEntry* FindSource(std::string_view name) {
  for (const SourceEntry& entry : Sources()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

/// The loader every source is: the file as it stands, through that source.
Result<std::unique_ptr<Model>> OpenFromSource(const std::string& path, const LoaderChoice& choice,
                                              unsigned threads, const OnPhase& on_phase) {
  const SourceOptions options = {
      .threads = static_cast<unsigned>(OptionOr(choice, kThreadsOption.name, threads)),
      .chunk_bytes = static_cast<std::uint64_t>(OptionOr(choice, kChunkOption.name, 0)),
      .queue_depth = static_cast<unsigned>(OptionOr(choice, kQueueDepthOption.name, 0))};
  return OpenModel(path, FindSource(choice.name)->open, options, on_phase);
}

std::vector<LoaderEntry> MakeLoaders() {
  std::vector<LoaderEntry> loaders;
  for (const SourceEntry& source : Sources()) {
    loaders.push_back({source.name,
                       source.summary,
                       {source.anonymous_per_byte, 0.0},
                       source.options,
                       &OpenFromSource});
  }
  loaders.insert(loaders.end(), kOthers.begin(), kOthers.end());
  return loaders;
}

}  // namespace

std::span<const LoaderEntry> Loaders() {
  static const std::vector<LoaderEntry> kLoaders = MakeLoaders();
  return kLoaders;
}

const LoaderEntry* FindLoader(std::string_view name) {
  for (const LoaderEntry& entry : Loaders()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

Result<std::unique_ptr<Model>> Load(const std::string& path, const LoaderChoice& choice,
                                    unsigned threads, const OnPhase& on_phase) {
  const LoaderEntry* entry = FindLoader(choice.name);
  if (entry == nullptr) {
    std::string names;
    for (const LoaderEntry& known : Loaders()) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
    }
    return Fail({"LOADER_UNKNOWN",
                 fmt::format("loader \"{}\"", choice.name),
                 fmt::format("unknown, expected one of: {}", names),
                 {}});
  }
  const Result<void> known =
      entry->external ? Result<void>() : CheckOptions(choice, entry->options);
  if (!known) return Fail(known.error());
  try {
    return entry->open(path, choice, threads, on_phase);
  } catch (const std::bad_alloc&) {
    return Fail({"IO_MEMORY", path, fmt::format("no memory for the loader {}", entry->name), {}});
  }
}

}  // namespace falsify::loaders
