#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"

namespace falsify::loaders {

/// A loader by name with its options: plain numbers in SI base units (B, s, 1), as text; those of
/// an external loader are its own business.
struct LoaderChoice {
  std::string name;
  std::map<std::string, std::string> options = {};
  std::vector<std::string> program = {};  ///< of an external loader: the library's path, or
                                          ///< what to start and its arguments

  friend bool operator==(const LoaderChoice&, const LoaderChoice&) = default;
};

/// What an option is a figure of, hence in which units a study writes it.
enum class OptionKind { kCount, kBytes, kSeconds };

struct LoaderOption {
  std::string_view name;
  OptionKind kind;
  double least;  ///< in SI base units; a count or a number of bytes is whole
  double most;
  std::string_view summary;
};

/// Options that several loaders share.
inline constexpr LoaderOption kThreadsOption = {"threads", OptionKind::kCount, 1, 256,
                                                "threads that load; the study's, unless given"};
inline constexpr LoaderOption kChunkOption = {"chunk", OptionKind::kBytes, 4096, 1073741824,
                                              "bytes a call asks for, a multiple of 4 KiB"};
inline constexpr LoaderOption kQueueDepthOption = {"queue_depth", OptionKind::kCount, 1, 4096,
                                                   "requests in flight"};

/// Errors: LOADER_OPTION (unknown, no number, out of range, a chunk that is no multiple of 4 KiB).
Result<void> CheckOptions(const LoaderChoice& choice, std::span<const LoaderOption> known);

/// The option's value, or `fallback` where it is not given. Precondition: CheckOptions let it pass.
double OptionOr(const LoaderChoice& choice, std::string_view name, double fallback);

}  // namespace falsify::loaders
