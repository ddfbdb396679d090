#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record.h"
#include "nlohmann/json.hpp"

namespace falsify::reports {

/// What the machine formats share.

/// "T-QA-019b/mapped-peak".
std::string NameOf(const harness::Record& record, const harness::HypothesisRecord& hypothesis);

/// One line: what was claimed, what was seen and why the verdict is what it is. Holds foreign text.
std::string MessageOf(const harness::HypothesisRecord& hypothesis);

/// A trial that ended well and counted for a hypothesis: neither a control nor a burn-in.
bool IsFinished(const harness::TrialRecord& trial);

/// Trials of one subject, workload and page-cache state that are finished, in order; no empty ones.
struct Series {
  std::string name;  ///< "mapped first_token(prompt_tokens=9) cold"
  std::vector<const harness::TrialRecord*> trials;
};
std::vector<Series> SeriesOf(const harness::Record& record);

/// The time that a series is mostly about: ttft, else ready_time, else load_time. Empty: none.
std::string MainTime(const Series& series);

/// The measure's values of all its trials that have it.
std::vector<double> Values(const Series& series, const std::string& measure);

/// The estimate as a plain number: absent where it is censored, of an order, or nothing was usable.
std::optional<double> PlainEstimate(const harness::HypothesisRecord& hypothesis);

/// Of a record's date, "2026-01-21T10:15:00Z", without the zone; as given if it has another form.
std::string WithoutZone(const std::string& date);

/// JSON text of foreign parts: invalid UTF-8 is replaced.
std::string Dump(const nlohmann::ordered_json& json);

}  // namespace falsify::reports
