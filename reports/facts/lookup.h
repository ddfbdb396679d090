#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record.h"

namespace falsify::reports {

/// What trials must share to be summarised together. Views into the record.
struct Setting {
  std::string_view subject;
  std::string_view workload;
  std::string_view cache;

  friend auto operator<=>(const Setting&, const Setting&) = default;
};

Setting SettingOf(const harness::HypothesisRecord& hypothesis);
Setting SettingOf(const harness::SummaryRecord& summary);

/// Null where the record holds none.
const harness::SubjectRecord* FindSubject(const harness::Record& record, std::string_view name);
const harness::SummaryRecord* FindSummary(const harness::Record& record, const Setting& setting);
const harness::TrialRecord* FindTrial(const harness::Record& record, std::uint64_t number);

/// Trials that were run for the verdict of `hypothesis`, without those of its control.
std::vector<const harness::TrialRecord*> TrialsOf(const harness::Record& record,
                                                  const harness::HypothesisRecord& hypothesis);

/// The same, or, where none came so far, whatever was tried with its subject.
std::vector<const harness::TrialRecord*> RelatedTrials(const harness::Record& record,
                                                       const harness::HypothesisRecord& hypothesis);
std::vector<const harness::TrialRecord*> TrialsOf(const harness::Record& record,
                                                  const Setting& setting);

/// What the loader of a setting said it did, from its first finished trial; null if none says.
const loaders::LoadReport* FindLoad(const harness::Record& record, const Setting& setting);

/// The median of a measure. Absent if not measured or known only as a bound: nothing is computed
/// from a bound as if it were a value.
std::optional<double> MedianOf(const harness::SummaryRecord& summary, const std::string& measure);

/// Sum of the median phase times: the whole of a trial, from open(2) on. Absent without phases.
std::optional<double> PhaseTotal(const harness::SummaryRecord& summary);

/// One trial's value in the unit of the hypothesis (a ratio if it is relative). Empty if the trial
/// does not tell; `value_at_least` where it was stopped at its timeout.
harness::EstimateRecord ValueIn(const harness::Record& record,
                                const harness::HypothesisRecord& hypothesis,
                                const harness::TrialRecord& trial);

/// How many times the limit the end of the interval nearest to it is, in the direction that
/// violates: low / T for "below", T / high for "above". 2 is twice as bad as allowed.
std::optional<double> TimesTheLimit(const harness::HypothesisRecord& hypothesis);

/// True if trials were run and not one of them finished.
bool NothingFinished(const std::vector<const harness::TrialRecord*>& trials);

}  // namespace falsify::reports
