#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/record.h"
#include "harness/steps.h"

namespace falsify::harness {

/// The steps of a run that is over, out of its record: nothing is live. A trial is the one of that
/// number where that is what is asked for, else the next of its kind that has not been handed out.
/// What the record does not have is a trial that says nothing, and from then on the time is up.
/// Errors: JUDGE_RECORD (a step that no record can answer).
class RecordSteps : public Steps {
 public:
  /// `record` outlives it.
  explicit RecordSteps(const Record& record) : record_(record) {}

  Result<nlohmann::json> Do(const std::string& kind, const nlohmann::json& identity,
                            const std::function<Result<nlohmann::json>()>& live) override;
  double now() const override;
  double LiveNow() const override { return now_; }
  bool replaying() const override { return true; }

  /// Empty if the record answered everything; else what it did not have, one line.
  const std::string& missing() const { return missing_; }

 private:
  nlohmann::json Trial(const nlohmann::json& identity);
  nlohmann::json Probe(const nlohmann::json& identity);
  nlohmann::json Proof(const nlohmann::json& identity) const;
  nlohmann::json Reference(const nlohmann::json& identity) const;

  const Record& record_;
  std::set<std::uint64_t> used_;               // trial numbers
  std::map<std::string, std::size_t> probed_;  // kind -> probes of it handed out
  std::string missing_;
  double now_ = 0;
};

}  // namespace falsify::harness
