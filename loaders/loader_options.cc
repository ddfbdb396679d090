#include "loaders/loader_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

#include "fmt/format.h"
#include "fmt/ranges.h"

namespace falsify::loaders {
namespace {

constexpr double kChunkUnit = 4096;

std::optional<double> Number(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string Listed(std::span<const LoaderOption> known) {
  std::string names;
  for (const LoaderOption& option : known) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", option.name);
  }
  return names.empty() ? "none" : names;
}

std::string_view UnitOf(OptionKind kind) {
  switch (kind) {
    case OptionKind::kBytes:
      return " B";
    case OptionKind::kSeconds:
      return " s";
    case OptionKind::kCount:
      break;
  }
  return "";
}

}  // namespace

Result<void> CheckOptions(const LoaderChoice& choice, std::span<const LoaderOption> known) {
  const auto refuse = [&](std::string what) {
    return Fail({"LOADER_OPTION", fmt::format("loader \"{}\"", choice.name), std::move(what), {}});
  };
  for (const auto& [name, text] : choice.options) {
    const auto found = std::ranges::find(known, std::string_view(name), &LoaderOption::name);
    if (found == known.end()) {
      return refuse(fmt::format("unknown option \"{}\", expected one of: {}", name, Listed(known)));
    }
    const std::optional<double> value = Number(text);
    const bool whole =
        value && (found->kind == OptionKind::kSeconds || std::trunc(*value) == *value);
    if (!whole || !(*value >= found->least && *value <= found->most)) {
      const std::string_view unit = UnitOf(found->kind);
      return refuse(fmt::format("{} is {}, expected {}{} to {}{}", name, text, found->least, unit,
                                found->most, unit));
    }
    if (name == kChunkOption.name && std::fmod(*value, kChunkUnit) != 0) {
      return refuse(fmt::format("chunk is {} B, expected a multiple of 4096 B", text));
    }
  }
  return {};
}

double OptionOr(const LoaderChoice& choice, std::string_view name, double fallback) {
  const auto found = choice.options.find(std::string(name));
  if (found == choice.options.end()) return fallback;
  return Number(found->second).value_or(fallback);
}

}  // namespace falsify::loaders
