#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "harness/host.h"
#include "harness/journal.h"
#include "loaders/error.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// Everything a run learns comes through here, once: from the journal as long as it has entries
/// (after --resume), live after that. All decisions depend on steps alone, never on a clock, so a
/// resumed run reaches the verdict an uninterrupted one would have reached, at the same block.
class Steps {
 public:
  Steps(Journal& journal, std::vector<JournalEntry> recorded, Host& host);

  /// `identity` says which step this is; on resume it must equal the recorded one, or the journal
  /// belongs to another plan. Errors: JOURNAL_PLAN, JOURNAL_WRITE, those of `live`.
  Result<nlohmann::json> Do(const std::string& kind, const nlohmann::json& identity,
                            const std::function<Result<nlohmann::json>()>& live);

  /// Seconds into the run at which the last step ended.
  double now() const { return now_; }

  /// Seconds into the run, for stamping what happens inside a live step.
  double LiveNow() const { return host_.Now() + offset_; }

  bool replaying() const { return next_ < recorded_.size(); }

 private:
  Journal& journal_;
  std::vector<JournalEntry> recorded_;
  Host& host_;
  std::size_t next_ = 0;
  double now_ = 0;
  double offset_ = 0;  // a resumed run's clock goes on where the journal's stopped
};

}  // namespace falsify::harness
