#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/record.h"

namespace falsify::reports {

/// "time to first token (`ttft`)"; an unknown measure is its name alone, as code.
std::string MeasureWords(std::string_view measure);

/// What a measure means in one clause, for the glossary; empty if unknown.
std::string_view MeasureDefinition(std::string_view measure);

/// What kind of claim it is; neither of the three: a figure against a limit.
bool IsOrder(const harness::HypothesisRecord& hypothesis);
bool IsInvariant(const harness::HypothesisRecord& hypothesis);
bool IsCompound(const harness::HypothesisRecord& hypothesis);

/// "16 MiB", "1,000 tensors".
std::string SizeText(const harness::SweepRecord& sweep, std::uint64_t size);

/// "median", "95th percentile", "99.9th percentile".
std::string QuantileWords(double quantile);

/// The limit as the study wrote it, with its unit: "2 s", "1.25x"; the tolerance of an order.
std::string LimitText(const harness::HypothesisRecord& hypothesis);

/// "median `ttft` of `mapped` below 2 s"; relative: "... below 1.25x that of `gguf`";
/// "`same_payload` holds for `mapped`"; "`load_time` of `mapped` grows as O(1): at most 2.3x from 1
/// MiB to 4 GiB".
std::string Requirement(const harness::HypothesisRecord& hypothesis);

/// What the claim says of its value: "less than 2 s", "more than 20 tokens/s".
std::string ClaimedValues(const harness::HypothesisRecord& hypothesis);

/// The values that violate the claim: "2 s or more", "20 tokens/s or less". Equality violates.
std::string ViolatingValues(const harness::HypothesisRecord& hypothesis);

/// The estimate beside its limit: "1.19 s [1.12 s, 1.31 s]".
std::string SeenText(const harness::HypothesisRecord& hypothesis);

/// "5 finished, 2 timed out, 1 crashed".
std::string OutcomeCounts(const std::vector<const harness::TrialRecord*>& trials);

/// "timed out", "crashed", ...
std::string_view OutcomeWords(harness::Outcome outcome);

/// "3 of 11 hypotheses falsified, 8 passed": what carries the verdict first, then the others, worst
/// first. "no hypothesis was tested" for none.
std::string VerdictCounts(const harness::Record& record);

/// "first_token(prompt_tokens=9)" and "cold": "`first_token(prompt_tokens=9)`, page cache cold".
std::string SettingWords(std::string_view workload, std::string_view cache);

/// Foreign text as a code span or as prose: short for the encoders.
std::string Code(std::string_view untrusted);
std::string Prose(std::string_view untrusted);

/// Foreign prose closed by one full stop; `missing` if there is none.
std::string Sentence(std::string_view untrusted, std::string_view missing);

}  // namespace falsify::reports
