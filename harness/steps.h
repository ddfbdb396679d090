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

/// Everything a run learns comes through here, once. All decisions depend on steps alone, never on
/// a clock, so a run that is resumed, or judged again, reaches the verdict that an uninterrupted
/// one would have reached, at the same block.
class Steps {
 public:
  virtual ~Steps() = default;

  /// `identity` says which step this is; `live` takes it where it has not been taken before.
  /// Errors: those of the implementation, and of `live`.
  virtual Result<nlohmann::json> Do(const std::string& kind, const nlohmann::json& identity,
                                    const std::function<Result<nlohmann::json>()>& live) = 0;

  /// Seconds into the run at which the last step ended.
  virtual double now() const = 0;

  /// Seconds into the run, for stamping what happens inside a live step.
  virtual double LiveNow() const = 0;

  virtual bool replaying() const = 0;
};

/// Steps of a run: from the journal as long as it has entries (after --resume), live after that. On
/// resume every identity must equal the recorded one, or the journal belongs to another plan.
/// Errors: JOURNAL_PLAN, JOURNAL_WRITE.
class JournalSteps : public Steps {
 public:
  JournalSteps(Journal& journal, std::vector<JournalEntry> recorded, Host& host);

  Result<nlohmann::json> Do(const std::string& kind, const nlohmann::json& identity,
                            const std::function<Result<nlohmann::json>()>& live) override;
  double now() const override { return now_; }
  double LiveNow() const override { return host_.Now() + offset_; }
  bool replaying() const override { return next_ < recorded_.size(); }

 private:
  Journal& journal_;
  std::vector<JournalEntry> recorded_;
  Host& host_;
  std::size_t next_ = 0;
  double now_ = 0;
  double offset_ = 0;  // a resumed run's clock goes on where the journal's stopped
};

}  // namespace falsify::harness
