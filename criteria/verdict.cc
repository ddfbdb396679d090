#include "criteria/verdict.h"

#include <algorithm>
#include <array>

namespace falsify::criteria {
namespace {

/// Worst first.
constexpr std::array kByPrecedence = {Verdict::kError, Verdict::kFalsified, Verdict::kInvalid,
                                      Verdict::kInconclusive, Verdict::kPass};

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "PASS";
    case Verdict::kFalsified:
      return "FALSIFIED";
    case Verdict::kInconclusive:
      return "INCONCLUSIVE";
    case Verdict::kInvalid:
      return "INVALID";
    case Verdict::kError:
      return "ERROR";
  }
  return "ERROR";
}

std::optional<Verdict> VerdictFromName(std::string_view name) {
  for (const Verdict verdict : kByPrecedence) {
    if (Name(verdict) == name) return verdict;
  }
  return std::nullopt;
}

Verdict StudyVerdict(std::span<const Verdict> hypotheses) {
  if (hypotheses.empty()) return Verdict::kInvalid;
  return *std::find_first_of(kByPrecedence.begin(), kByPrecedence.end(), hypotheses.begin(),
                             hypotheses.end());
}

int ExitCode(Verdict study) {
  switch (study) {
    case Verdict::kPass:
      return 0;
    case Verdict::kFalsified:
      return 1;
    case Verdict::kInconclusive:
      return 3;
    case Verdict::kInvalid:
      return 3;
    case Verdict::kError:
      return 4;
  }
  return 4;
}

}  // namespace falsify::criteria
