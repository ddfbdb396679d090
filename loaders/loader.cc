#include "loaders/loader.h"

#include <algorithm>
#include <array>
#include <new>

#include "fmt/format.h"
#include "loaders/file_model.h"
#include "loaders/null_loader.h"
#include "loaders/read_copy_f32.h"
#include "loaders/sources/mmap.h"
#include "loaders/sources/read.h"

namespace falsify::loaders {
namespace {

constexpr std::span<const std::string_view> kNoOptions;

template <OpenSource kOpen>
Result<std::unique_ptr<Model>> OpenFile(const std::string& path, const LoaderChoice&, unsigned,
                                        const OnPhase& on_phase) {
  return OpenFileModel(path, kOpen, on_phase);
}

std::string Listed(std::span<const std::string_view> names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names.begin(), names.end(), ", "));
}

Result<void> CheckOptions(const LoaderEntry& entry, const LoaderChoice& choice) {
  for (const auto& [option, value] : choice.options) {
    if (std::find(entry.options.begin(), entry.options.end(), option) != entry.options.end()) {
      continue;
    }
    return Fail(
        {"LOADER_OPTION",
         fmt::format("loader \"{}\"", entry.name),
         fmt::format("unknown option \"{}\", expected one of: {}", option, Listed(entry.options)),
         {}});
  }
  return {};
}

}  // namespace

std::span<const LoaderEntry> Loaders() {
  static constexpr std::array kLoaders = {
      LoaderEntry{
          "read", "whole file into one heap buffer", {1.0, 0.0}, kNoOptions, &OpenFile<&OpenRead>},
      LoaderEntry{"mmap",
                  "mapped, faulted in on first touch",
                  {0.0, 0.0},
                  kNoOptions,
                  &OpenFile<&OpenMmap>},
      LoaderEntry{"read-copy-f32",
                  "file, per-tensor copies and F32, all alive",
                  {2.0, 1.0},
                  kNoOptions,
                  &OpenReadCopyF32},
      LoaderEntry{
          "null", "control: opens nothing and holds nothing", {0.0, 0.0}, kNoOptions, &OpenNull},
  };
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
  if (Result<void> known = CheckOptions(*entry, choice); !known) return Fail(known.error());
  try {
    return entry->open(path, choice, threads, on_phase);
  } catch (const std::bad_alloc&) {
    return Fail({"IO_MEMORY", path, fmt::format("no memory for the loader {}", entry->name), {}});
  }
}

}  // namespace falsify::loaders
