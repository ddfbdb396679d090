#include "criteria/severity.h"

#include <algorithm>

#include "criteria/decision.h"
#include "criteria/streams.h"

namespace falsify::criteria {
namespace {

bool TestHolds(Verdict verdict) {
  return verdict != Verdict::kInvalid && verdict != Verdict::kError;
}

double SeverityOf(double e) { return std::max(0.0, 1 - 1 / e); }

Claim Moved(Claim claim, double factor) {
  claim.threshold *= claim.form == Form::kBetween ? 1 / factor : factor;
  claim.upper_threshold *= factor;
  return claim;
}

}  // namespace

std::optional<double> Severity(Verdict verdict, const Stream& falsify, const Stream& corroborate) {
  if (!TestHolds(verdict)) return std::nullopt;
  return SeverityOf(verdict == Verdict::kFalsified ? falsify.e : corroborate.e);
}

std::vector<SeverityAt> SeverityTable(const Claim& claim, const Rules& rules, Verdict verdict,
                                      std::span<const BlockValue> blocks) {
  std::vector<SeverityAt> table;
  for (const double factor : {0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0}) {
    SeverityAt& row = table.emplace_back(SeverityAt{factor, std::nullopt});
    if (!TestHolds(verdict) || claim.form == Form::kHolds) continue;
    Counter counter(Moved(claim, factor));
    for (const BlockValue& block : blocks) counter.Add(block);
    row.severity = SeverityOf(CorroborateStream(counter.counts(), rules).e);
  }
  return table;
}

}  // namespace falsify::criteria
