#include "harness/steps.h"

#include <utility>

#include "fmt/format.h"

namespace falsify::harness {

JournalSteps::JournalSteps(Journal& journal, std::vector<JournalEntry> recorded, Host& host)
    : journal_(journal), recorded_(std::move(recorded)), host_(host) {
  for (const JournalEntry& entry : recorded_) now_ = entry.data.value("at", now_);
  offset_ = now_ - host_.Now();
  now_ = 0;
}

Result<nlohmann::json> JournalSteps::Do(const std::string& kind, const nlohmann::json& identity,
                                        const std::function<Result<nlohmann::json>()>& live) {
  if (replaying()) {
    const JournalEntry& entry = recorded_[next_];
    const bool same = entry.kind == kind && entry.data.is_object() &&
                      entry.data.value("identity", nlohmann::json()) == identity &&
                      entry.data.contains("result") && entry.data.contains("at");
    if (!same) {
      return Fail({.code = "JOURNAL_PLAN",
                   .where = fmt::format("journal line {}", next_ + 1),
                   .what = fmt::format("the run would now do \"{}\" {}, the journal has \"{}\" {}",
                                       kind, identity.dump(), entry.kind,
                                       entry.data.value("identity", nlohmann::json()).dump()),
                   .hint = "start anew without --resume"});
    }
    ++next_;
    now_ = entry.data["at"].get<double>();
    return entry.data["result"];
  }
  Result<nlohmann::json> result = live();
  if (!result) return result;
  const double at = LiveNow();
  const nlohmann::json data = {{"identity", identity}, {"at", at}, {"result", *result}};
  if (Result<void> saved = journal_.Append(kind, data); !saved) return Fail(saved.error());
  now_ = at;
  return result;
}

}  // namespace falsify::harness
