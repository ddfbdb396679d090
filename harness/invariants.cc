#include "harness/invariants.h"

#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Absent: the trial does not say. Empty: the invariant holds.
using Objection = std::optional<std::string>;

std::optional<double> Measured(const Observation& seen, const char* name) {
  const auto found = seen.measures.find(name);
  return found == seen.measures.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Digest(const Observation& seen, const char* name) {
  const auto found = seen.digests.find(name);
  return found == seen.digests.end() ? std::nullopt : std::optional(found->second);
}

Objection SamePayload(const Observation& seen, const Expected& expected) {
  if (seen.outcome == Outcome::kRefused && seen.error && seen.error->code == "LOADER_VALUES") {
    return seen.error->Line();
  }
  const auto held = Digest(seen, "payload");
  if (!held || expected.payload_digest.empty()) return std::nullopt;
  if (*held == expected.payload_digest) return "";
  return fmt::format("holds {}, not {}", *held, expected.payload_digest);
}

Objection SameFirstToken(const Observation& seen, const Expected& expected) {
  const auto token = Digest(seen, "first_token");
  if (!token || expected.first_token.empty()) return std::nullopt;
  if (*token == expected.first_token) return "";
  return fmt::format("chose token {}, not {}", *token, expected.first_token);
}

Objection WeightsUsed(const Observation& seen, const Expected&) {
  const auto disturbed = Measured(seen, "tensors_disturbed");
  const auto ignored = Measured(seen, "tensors_ignored");
  if (!disturbed || *disturbed < 1 || !ignored) return std::nullopt;
  if (*ignored == 0) return "";
  return fmt::format("the output stayed the same with {:.0f} of {:.0f} tensors disturbed: {}",
                     *ignored, *disturbed, Digest(seen, "ignored").value_or("unnamed"));
}

Objection RejectsMalformed(const Observation& seen, const Expected&) {
  const auto files = Measured(seen, "malformed_files");
  const auto refused = Measured(seen, "malformed_refused");
  if (!files || *files < 1 || !refused) return std::nullopt;
  if (*refused == *files) return "";
  return fmt::format("{:.0f} of {:.0f} malformed files were not refused: {}", *files - *refused,
                     *files, Digest(seen, "not_refused").value_or("unnamed"));
}

Objection Aligned(const Observation& seen, const Expected& expected) {
  const auto alignment = Measured(seen, "alignment");
  if (!alignment || expected.alignment == 0) return std::nullopt;
  if (*alignment >= static_cast<double>(expected.alignment)) return "";
  return fmt::format("tensors are aligned to {:.0f} B only, not to {} B", *alignment,
                     expected.alignment);
}

Objection NoLeak(const Observation& seen, const Expected&) {
  const auto bytes = Measured(seen, "rss_growth_per_cycle");
  const auto descriptors = Measured(seen, "descriptor_growth_per_cycle");
  if (!bytes || !descriptors) return std::nullopt;
  if (*bytes < kLeakBytesPerCycle && *descriptors < kLeakDescriptorsPerCycle) return "";
  return fmt::format("each cycle leaves {:.0f} B and {:.1f} descriptors behind", *bytes,
                     *descriptors);
}

struct Entry {
  std::string_view measure;
  Objection (*object)(const Observation&, const Expected&);
};
constexpr std::array kInvariants = {
    Entry{"same_payload", &SamePayload}, Entry{"same_first_token", &SameFirstToken},
    Entry{"weights_used", &WeightsUsed}, Entry{"rejects_malformed", &RejectsMalformed},
    Entry{"aligned", &Aligned},          Entry{"no_leak", &NoLeak}};

Objection ObjectionOf(const TrialRecord& trial, const MeasureEntry& measure,
                      const Expected& expected) {
  for (const Entry& entry : kInvariants) {
    if (entry.measure == measure.name) return entry.object(trial.observation, expected);
  }
  return std::nullopt;
}

}  // namespace

Sample HoldsIn(const TrialRecord& trial, const MeasureEntry& measure, const Expected& expected) {
  const Objection objection = ObjectionOf(trial, measure, expected);
  if (objection) {
    const double holds = objection->empty() ? 1 : 0;
    return {{holds, holds}, false, false};
  }
  switch (trial.observation.outcome) {
    case Outcome::kOk:
      return {{-kInfinity, kInfinity}, false, true};
    case Outcome::kTimeout:
      return {{0, 1}, false, false};
    default:
      return {{-kInfinity, kInfinity}, true, false};
  }
}

std::string WhyItDoesNotHold(const TrialRecord& trial, const MeasureEntry& measure,
                             const Expected& expected) {
  return ObjectionOf(trial, measure, expected).value_or("");
}

}  // namespace falsify::harness
