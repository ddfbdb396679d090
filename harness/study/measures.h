#pragma once

#include <span>
#include <string_view>

namespace falsify::harness {

/// What kind of figure a measure is. Times and rates are what a noisy host can spoil; bytes and
/// counts are never set aside. An invariant is no figure: it holds in a trial or does not.
enum class MeasureKind { kTime, kRate, kTokenRate, kBytes, kCount, kInvariant };

struct MeasureEntry {
  std::string_view name;  ///< "ttft"
  std::string_view unit;  ///< SI base unit of the record: "s", "B", "count", "B/s", "tokens/s"
  MeasureKind kind;
  std::string_view workload;  ///< taken if the hypothesis names none
  bool needs_workload;        ///< only that workload yields it (ttft needs first_token)
  std::string_view definition;
};

/// Every measure, in the order `falsify list measures` prints them.
std::span<const MeasureEntry> Measures();

/// Null if there is none of that name.
const MeasureEntry* FindMeasure(std::string_view name);

/// Of bytes or of tokens: more is better.
bool IsRate(MeasureKind kind);

/// True for times and rates.
bool IsNoiseSensitive(MeasureKind kind);

struct WorkloadEntry {
  std::string_view name;  ///< "first_token"
  std::string_view summary;
};
std::span<const WorkloadEntry> Workloads();

}  // namespace falsify::harness
